"""GIF: whether there is a second picture, and the trailer."""

import pytest
from images import made, read_in_ranges, saved
from PIL import Image

from auditor.model import Corrupt, Doubt, Flaw, Format, ImageInfo, Undetermined
from auditor.sniff import Held, give_up, sniff

LOOP = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
COMMENT = b"!\xfe\x02hi\0"
MEBIBYTE = (b"\xff" + bytes(255)) * 4096


def long_gif(extension: bytes, behind: bytes) -> bytes:
    """A GIF with an extension before its first picture, which has 1 MiB, and something behind it."""
    data = saved(Image.new("P", (600, 600)), "GIF")
    at = data.index(b",\0\0\0\0")
    return data[:at] + extension + data[at : at + 11] + MEBIBYTE + b"\0" + behind + b";"


@pytest.mark.parametrize("extension", [LOOP, COMMENT])
@pytest.mark.parametrize(("behind", "frames"), [(b"", 1), (COMMENT * 9, 1), (made("GIF", "P")[13:-1], 2)])
def test_second_picture_is_looked_for_behind_a_long_first_one(extension: bytes, behind: bytes, frames: int) -> None:
    """Whether a GIF moves is told by a second picture and by nothing else, in few requests."""
    reading = read_in_ranges(long_gif(extension, behind), 4096, 4096)
    assert isinstance(reading.answer, ImageInfo)
    assert reading.answer.frames == frames
    assert reading.requests <= 10


@pytest.mark.parametrize("extension", [LOOP, COMMENT])
def test_frames_are_unknown_where_a_cap_comes_first(extension: bytes) -> None:
    """A loop count proves nothing, for still GIFs carry one: the size is known, and whether it moves isn't."""
    held = Held(long_gif(extension, b"")[: 300 * 1024])
    for doubt in (Doubt.TOO_MANY_BYTES, Doubt.TOO_MANY_HOPS):
        body = give_up(held, doubt)
        assert isinstance(body, ImageInfo)
        assert (body.width, body.height, body.frames) == (600, 600, None)
    assert give_up(held, Doubt.CHANGED) == Undetermined(Format.GIF, Doubt.CHANGED)


def test_still_gif_with_a_loop_count_doesn_t_move() -> None:
    """One picture is one picture, however often it is to be repeated."""
    data = made("GIF", "P")
    at = data.index(b",\0\0\0\0")
    data = data[:at] + LOOP + data[at:]
    body = sniff(Held(data), len(data))
    assert isinstance(body, ImageInfo)
    assert body.frames == 1


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("padding", [b"", b"\0" * 30])
def test_missing_trailer(frames: int, padding: bytes) -> None:
    """A GIF whose blocks end with the file, and no trailer, lacks its end; what follows a trailer doesn't matter."""
    data = made("GIF", "P", frames=frames)
    assert data.endswith(b"\0;")
    cut = data[:-1] + padding
    assert sniff(Held(cut), len(cut)) == Corrupt(Format.GIF, Flaw.NO_END_MARK)
    assert sniff(Held(data[:-2]), len(data) - 2) == Corrupt(Format.GIF, Flaw.NO_END_MARK)
    assert isinstance(sniff(Held(data + padding), len(data + padding)), ImageInfo)
