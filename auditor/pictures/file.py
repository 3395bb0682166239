"""A picture file on this computer: read as far as is needed to tell what it is."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from typing import NamedTuple

from auditor.errors import PictureError, reason
from auditor.model import Body, Doubt, ImageInfo, NotAnImage
from auditor.settings import KIB, MIB
from auditor.sniff import Held, Need, give_up, sniff, sniff_end

HEAD = 16 * KIB  # bytes that tell an image from anything else
WHOLE = 32 * MIB  # bytes: a file up to this size is looked at whole, of a larger one so much: it may have gigabytes
BLOCK = 64 * KIB  # bytes read at least
HOPS = 1000  # reads of a larger file: one made to lead a reader on for ever


class File(NamedTuple):
    """What a file is, and its size in bytes."""

    size: int
    body: Body


def look(path: str) -> File:
    """Look at a file. Blocks while it is read. Raises `PictureError`."""
    with _one_sentence(path), FileIO(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = _read(file, 0, HEAD)
        body = sniff(Held(head), size)
        if not isinstance(body, NotAnImage):
            body = _look_closely(file, Held(head + _read(file, len(head), WHOLE - len(head))), size)
    return File(size, body)


def is_file(path: str) -> bool:
    """Whether there is such a file, and it can be opened. Raises `PictureError` for what is no file or can't be."""
    with _one_sentence(path):
        if stat.S_ISDIR(os.stat(path).st_mode):  # noqa: PTH116  # a path as the user wrote it, which may be any bytes
            raise IsADirectoryError
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116  # likewise
            return False
        FileIO(path, "rb").close()
    return True


def _look_closely(file: FileIO, held: Held, size: int) -> Body:
    """Read what the sniffer needs, within bounds; most often everything is held already."""
    left = WHOLE
    body = _told(held, size)
    for _ in range(HOPS):
        if not isinstance(body, Need):
            return body
        if body.length > left:
            return give_up(held, Doubt.TOO_MANY_BYTES)
        data = _read(file, body.offset, max(body.length, BLOCK))
        if not data:
            return give_up(held, Doubt.CHANGED)
        left -= len(data)
        held.add(body.offset, data)
        body = _told(held, size)
    return give_up(held, Doubt.TOO_MANY_HOPS) if isinstance(body, Need) else body


def _told(held: Held, size: int) -> Body | Need:
    """What the file is, its end looked at, too: here that costs no request."""
    body = sniff(held, size)
    return sniff_end(held, size, body) if isinstance(body, ImageInfo) else body


def _read(file: FileIO, offset: int, most: int) -> bytes:
    """Read so many bytes, or fewer where the file ends."""
    file.seek(offset)
    blocks: list[bytes] = []
    while most > 0 and (block := file.read(most)):
        blocks.append(block)
        most -= len(block)
    return b"".join(blocks)


@contextmanager
def _one_sentence(path: str) -> Iterator[None]:
    """Turn what the system says into one sentence with what to do."""
    try:
        yield
    except FileNotFoundError as error:
        raise PictureError(
            "{name}: there is no such file. Check its name and folder; an address begins with https://.", name=path
        ) from error
    except IsADirectoryError as error:
        raise PictureError("{name} is a folder; name the pictures in it.", name=path) from error
    except PermissionError as error:
        raise PictureError(
            "{name} may not be read by this user; change its permissions or copy it.", name=path
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise PictureError("{name} can't be read: {why}.", name=path, why=reason(error)) from error
