"""The files that are meant by what the user named: a file, a folder, or a pattern that no shell has expanded."""

import glob
import os
from pathlib import PurePath
from typing import NamedTuple

from auditor.errors import FeedError
from auditor.feeds.opened import STDIN, called

_MOST = 1000  # files: each is looked at before anything starts
_PART = ".part"  # what our own unfinished reports end with
_PATTERN = frozenset("*?[")
# Known by name not to be feeds, and often there in thousands beside one.
_OTHERS = frozenset(
    (
        *(".jpg", ".jpeg", ".png", ".gif", ".tif", ".tiff", ".webp", ".bmp", ".avif", ".heic", ".svg", ".psd"),
        *(".mp4", ".mov", ".avi", ".pdf", ".doc", ".docx", ".ppt", ".pptx"),
    )
)


class Named(NamedTuple):
    """What the user named: one file, or the `files` that are `within` a folder or fit a pattern.

    `others` are those that aren't looked at, by their names.
    """

    path: str
    files: tuple[str, ...]
    within: bool = False
    others: tuple[str, ...] = ()


def find_files(path: str) -> Named:
    """Return the files that a path means; it needn't be there. This asks the system and may block.

    A folder's files are those in it, not in folders within; hidden ones are left out, and parts of reports. Raises
    FeedError for a folder or a pattern without files, or with too many.
    """
    if path == STDIN or "\0" in path:
        return Named(path, (path,))
    is_folder = os.path.isdir(path)  # noqa: PTH112  # a path as the user wrote it
    if not is_folder and not _is_pattern(path):
        return Named(path, (path,))
    found = sorted(one for one in (_in_folder if is_folder else _fitting)(path) if not one.endswith(_PART))
    if not found:
        raise _without_files(path, is_folder=is_folder)
    others = tuple(one for one in found if PurePath(one).suffix.lower() in _OTHERS)
    files = tuple(one for one in found if PurePath(one).suffix.lower() not in _OTHERS)
    if len(files) > _MOST:
        raise FeedError(
            "{name} means {count:,} files, more than the {most:,} that are looked at; name fewer.",
            name=called(path),
            count=len(files),
            most=_MOST,
        )
    return Named(path, files, within=True, others=others)


def _is_pattern(path: str) -> bool:
    """Say whether a path is a pattern, and no file that is called so."""
    return not _PATTERN.isdisjoint(path) and not os.path.lexists(path)


def _in_folder(path: str) -> list[str]:
    name = called(path)
    try:
        with os.scandir(path) as entries:
            return [
                entry.name if path == os.curdir else entry.path
                for entry in entries
                if not entry.name.startswith(".") and entry.is_file()
            ]
    except PermissionError as error:
        raise FeedError("{name} may not be read by this user; change its permissions or copy it.", name=name) from error


def _fitting(pattern: str) -> list[str]:
    found = glob.glob(pattern, recursive=True)  # noqa: PTH207  # paths as the user wrote them
    return [one for one in found if os.path.isfile(one)]  # noqa: PTH113  # likewise


def _without_files(path: str, *, is_folder: bool) -> FeedError:
    if is_folder:
        return FeedError("{name} is a folder without any file to read; name the feed.", name=called(path))
    return FeedError("{name}: no file fits this pattern; check its folder and its letters.", name=called(path))
