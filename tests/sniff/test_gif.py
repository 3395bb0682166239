"""GIFs whose first picture is too long to look behind it."""

from images import saved
from PIL import Image

from auditor.model import ImageInfo
from auditor.sniff import Held, sniff


def long_gif(extension: bytes) -> bytes:
    """A GIF with an extension before its first picture, which has 400 KB."""
    data = saved(Image.new("P", (600, 600)), "GIF")
    at = data.index(b",\0\0\0\0")
    blocks = at + 11
    return data[:at] + extension + data[at:blocks] + (b"\xff" + bytes(255)) * 1600 + b"\0;"


def test_loop_extension_tells_an_animation() -> None:
    """Where the second frame lies too far away, the extension that says how often to repeat tells enough."""
    looping = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    for extension, frames in ((looping, 2), (b"!\xfe\x02hi\0", None)):
        data = long_gif(extension)
        body = sniff(Held(data[: 300 * 1024]), len(data))
        assert isinstance(body, ImageInfo)
        assert body.frames == frames
