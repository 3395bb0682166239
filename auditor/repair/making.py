"""What is done with a whole image that was downloaded: it is converted, and the new file looked at."""

import asyncio
import hashlib
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from auditor.errors import AuditorError, ReportError, reason
from auditor.model import Body, ImageInfo, Undetermined, Unmeasured
from auditor.pictures.file import File, look
from auditor.probe.descriptors import is_shortage
from auditor.repair.pictures.converted import Conversion, Converted, Refusal, Refused
from auditor.repair.pictures.converter import Converter


class Made(ImageInfo):
    """The picture that was downloaded, with what came of its conversion, and what the new file is.

    `digest` is the new file's SHA-256 in hex.
    """

    conversion: Conversion
    file: File | None
    digest: str


class Making:
    """Converts into a folder. It stands where a deep look has its decoders; `label` begins the new file's name."""

    def __init__(self, converter: Converter, folder: Path, label: str = "") -> None:
        self._converter = converter
        self._folder = folder
        self._label = label

    async def decode(self, path: Path, image: ImageInfo | Undetermined | Unmeasured, /) -> Body:
        """Convert a file.

        Raises `ReportError` where the folder can't be written or no process started, and `OSError` for a shortage.
        """
        made = Made(*image) if isinstance(image, ImageInfo) else Made(image.format, 1, 1)
        made.file, made.digest = None, ""
        try:
            made.conversion = await self._converter.convert(path, self._folder, self._label)
        except AuditorError:
            raise
        except OSError as error:
            if is_shortage(error):
                raise
            raise ReportError(
                "No process can be started that converts images: {why}. Let this user start programs here.",
                why=reason(error),
            ) from error
        except Exception:  # noqa: BLE001  # whatever our own part does over a file, its host isn't to blame
            made.conversion = Refused(Refusal.CRASHED)
        if isinstance(made.conversion, Converted):
            new = self._folder / made.conversion.name
            made.file = await asyncio.to_thread(look, str(new))
            made.digest = await asyncio.to_thread(digest_of, new)
        return made


def label_of(path: str) -> str:
    """Label a picture as its address does, without its suffix."""
    return PurePosixPath(unquote(path.partition("?")[0])).stem


def digest_of(path: Path) -> str:
    """The SHA-256 of a file in hex; empty if it isn't there or can't be read. Blocks while it is read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
