"""Whether the data of a JPEG end before its picture does, though its end mark is there.

A transfer that broke off, and a program that put the mark where it did: decoders fill up what is missing with an even
gray, and say nothing. So may a picture whose ground is that very gray, for which nothing is missing. The difference is
in what the last bytes draw: the end of the gray, or what comes before it.
"""

from io import BytesIO

from PIL import Image, ImageChops

from auditor.pixels.worker import opened

END = b"\xff\xd9"
CUT = 2  # bytes
BLOCK = 16  # pixels: the largest blocks that a JPEG is drawn in
LAST = 6 * BLOCK  # pixels, which take more than those bytes if they are drawn at all
BLEED = 2  # pixels by which a block's colours reach into its neighbours
_GRAYS = range(127, 129)


def ends_early(image: Image.Image, data: bytes, pixels: int) -> bool:
    """Whether the decoder had to make up the end of a JPEG that it has decoded from this file.

    Of a progressive one it can't be told: what is missing there are details, all over the picture.
    """
    at = data.rfind(END)
    left, top = _corner(image)
    if at < CUT or not (left or top) or "progressive" in image.info or not _is_gray(image):
        return False
    shorter = opened("JPEG", BytesIO(data[: at - CUT] + END), pixels)
    shorter.load()
    change = ImageChops.difference(image, shorter)
    change.paste(0, (left - BLEED, top - BLEED, *image.size))
    return change.getbbox(alpha_only=False) is not None


def _corner(image: Image.Image) -> tuple[int, int]:
    """Where the part begins that is drawn last."""
    width, height = image.size
    return max(0, -(-width // BLOCK) * BLOCK - LAST), (height - 1) // BLOCK * BLOCK


def _is_gray(image: Image.Image) -> bool:
    corner = image.crop((*_corner(image), *image.size))
    return all(low in _GRAYS and high in _GRAYS for low, high in (band.getextrema() for band in corner.split()))
