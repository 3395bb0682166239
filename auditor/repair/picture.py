"""One picture, converted as a recipe says. The only place of an audit's own program that imports Pillow is a worker."""

from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from auditor.model import Format
from auditor.repair.converted import Conversion, Converted, Refusal, Refused, Step
from auditor.settings import Recipe


def convert(source: Path, folder: Path, recipe: Recipe, *, label: str = "", pixels: int) -> Conversion:
    """Convert the picture in the file `source` into `folder`, here and now."""
    data = source.read_bytes()
    try:
        with Image.open(BytesIO(data)) as image:
            if image.width * image.height > pixels:
                return Refused(Refusal.PIXELS)
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except OSError:
        return Refused(Refusal.BAD_DATA)
    upright.thumbnail((recipe.longest, recipe.longest))
    name = f"{label}-{sha256(data).hexdigest()[:20]}.jpg".lstrip("-")
    part = folder / f".{name}.part"
    upright.save(part, "JPEG", quality=recipe.quality, subsampling=recipe.subsampling)
    part.replace(folder / name)
    length = (folder / name).stat().st_size
    return Converted(name, Format.JPEG, *upright.size, length, (Step.ENCODED_ANEW,))
