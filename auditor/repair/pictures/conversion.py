"""One picture from its file into another: read, decoded, developed, encoded, written whole."""

import os
from contextlib import suppress
from pathlib import Path

from PIL import Image

from auditor.errors import PictureError, ReportError, reason
from auditor.pixels.worker import fault
from auditor.repair.pictures.colors import name_of_cmyk
from auditor.repair.pictures.converted import Before, Conversion, Converted, Refusal, Refused, RefusedError, Step
from auditor.repair.pictures.encoding import Encoded, encode
from auditor.repair.pictures.naming import name_of
from auditor.repair.pictures.picture import develop
from auditor.repair.pictures.source import decode
from auditor.settings import Recipe

PART = ".part"


def convert(source: Path, folder: Path, recipe: Recipe, *, label: str = "", pixels: int) -> Conversion:
    """Convert the picture in the file `source` into `folder`, here and now, in place of what lies there already.

    Pictures of more than so many `pixels` are refused before they are decoded. The same source gives the same bytes.
    Raises `PictureError` where the source can't be read and `ReportError` where the folder can't be written.
    """
    try:
        data = _read(source)
    except MemoryError:
        return Refused(Refusal.MEMORY)
    path = folder / name_of(data, recipe, label)
    return _made(data, path, recipe, pixels)


def _made(data: bytes, path: Path, recipe: Recipe, pixels: int) -> Conversion:
    Image.MAX_IMAGE_PIXELS = pixels // 2  # Pillow raises at twice as many, for frames that are larger than their image
    try:
        encoded, steps, before = _converted(data, recipe, pixels)
    except RefusedError as refused:
        return Refused(refused.why)
    except MemoryError:
        return Refused(Refusal.MEMORY)
    except Image.DecompressionBombError:
        return Refused(Refusal.PIXELS)
    except Exception as error:  # noqa: BLE001  # whatever a decoder makes of hostile bytes is a fact about them
        return Refused(Refusal(fault(str(error))))
    _write(path, encoded.data)
    done = tuple(step for step in Step if step in steps)
    profile = name_of_cmyk(recipe.cmyk_profile) if Step.CMYK_ASSUMED in steps else ""
    size = encoded.width, encoded.height
    return Converted(path.name, encoded.format, *size, len(encoded.data), done, before, profile)


def _converted(data: bytes, recipe: Recipe, pixels: int) -> tuple[Encoded, frozenset[Step], Before]:
    picture = develop(decode(data, pixels), recipe)
    encoded = encode(picture.image, recipe)
    return encoded, picture.steps | encoded.steps, picture.before


def _read(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise PictureError("{name} can't be read: {why}.", name=source, why=reason(error)) from error


def _write(path: Path, data: bytes) -> None:
    """Give the file its name once it is whole, with the rights that the user's files have."""
    part = path.with_name(f".{path.name}.{os.getpid()}{PART}")  # two processes may be at the same picture
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise ReportError(
            "The converted picture {path} can't be written: {why}. Choose another folder for it, or make room.",
            path=path,
            why=reason(error),
        ) from error
