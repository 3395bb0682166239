"""What was named: pictures or feeds."""

import os
import re
from collections.abc import Sequence

from auditor.checks import SUFFIXES
from auditor.errors import PictureError, SettingsError
from auditor.model import NotAnImage
from auditor.pictures.file import is_file, look
from auditor.urls import redact, repair

# With //, whatever its scheme, or one that people know without. One letter is a drive.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|(?:https?|ftps?|sftp|s3|gs|data|file|blob):", re.IGNORECASE)


STDIN = "-"


def is_address(name: str) -> bool:
    """Whether something has a scheme, as an address has, good or bad."""
    return _ADDRESS.match(repair(name)) is not None


def are_pictures(names: Sequence[str]) -> bool:
    """Whether these are pictures rather than feeds. Files are looked at, which blocks.

    Raises `SettingsError` for pictures and feeds in one, `PictureError` for a picture that is no file or can't be read.
    """
    pictures = [name for name in names if is_picture(name)]
    if not pictures:
        return False
    for name in names:
        if name not in pictures:
            if name != STDIN:
                is_file(name)  # one that is missing is no feed
            raise SettingsError(
                "{picture} is a picture and {other} is none: check pictures and feeds in calls of their own.",
                picture=redact(pictures[0]),
                other=name,
            )
    return True


def is_picture(name: str) -> bool:
    """Whether something is an address, or a file with the suffix or the content of an image.

    Raises `PictureError` for what is called like an image and can't be read.
    """
    if is_address(name):
        return True
    if os.path.splitext(name)[1].lower() in SUFFIXES:  # noqa: PTH122  # a path as the user wrote it
        return is_file(name)
    try:
        return is_file(name) and not isinstance(look(name).body, NotAnImage)
    except PictureError:
        return False  # what is told of a feed is as good
