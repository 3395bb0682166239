"""The places that a repair writes to: none of them is one that it reads from, and none stands for two things."""

from collections.abc import Iterable
from pathlib import Path

from auditor.errors import ReportError, SettingsError, reason
from auditor.repair.journal import BESIDE as JOURNAL_BESIDE
from auditor.repair.journal import journal_path
from auditor.reports.lock import LOCK
from auditor.reports.part import PART, is_device, refuse_descriptor
from auditor.settings import RepairSettings

_BESIDE = (PART, LOCK)  # what is written next to an output meanwhile


def check_paths(wanted: RepairSettings, *, planned: bool) -> None:
    """See that nothing is written over an input or over another output, or published by mistake.

    What is written beside an output meanwhile counts, too: it is removed in the end. Raises `SettingsError`.
    """
    outputs = [wanted.report] if planned else [wanted.out, wanted.report, wanted.summary]
    named = [path for path in outputs if path is not None]
    for path in named:
        _check_place(path, wanted.images)
    places = [_written(path, _BESIDE) for path in named]
    if not planned:
        places.append(_written(journal_path(wanted.images), JOURNAL_BESIDE))
    for source in (Path(wanted.feed), wanted.audit):
        if any(_among(source, some) for some in places):
            raise SettingsError("{path} would be written over. Nothing is; name another file.", path=source)
    for number, some in enumerate(places):
        others = [place for earlier in places[:number] for place in earlier]
        twice = next((place for place in some if _among(place, others)), None)
        if twice is not None:
            raise SettingsError("Two files would be written to {path}: give them different names.", path=twice)
    if not planned:
        _check_published(wanted, [some[0] for some in places])


def _check_published(wanted: RepairSettings, outputs: Iterable[Path]) -> None:
    """See that nothing but new pictures lies in the folder that is uploaded. Raises `SettingsError`."""
    folder = wanted.images.resolve()
    for path in outputs:
        if path.resolve().is_relative_to(folder):
            raise SettingsError(
                "{path} would lie in {folder}, which you publish: name another place, or another --images-dir.",
                path=path,
                folder=wanted.images,
            )
    for source in (Path(wanted.feed), wanted.audit):
        if folder in source.resolve().parents:
            raise SettingsError(
                "{path} lies in {folder}, which you publish: move it elsewhere, or name another --images-dir.",
                path=source,
                folder=wanted.images,
            )


def _check_place(path: Path, images: Path) -> None:
    """See that a file can be there: a folder for it is, or comes with the one for new files."""
    refuse_descriptor(path)
    if path.is_dir():
        raise SettingsError("{path} is a folder: name a file in it.", path=path)
    folder = path.parent
    if not folder.is_dir() and not images.resolve().is_relative_to(folder.resolve()):
        raise SettingsError(
            "{path} can't be written, for there is no folder {folder}: make it, or name another place.",
            path=path,
            folder=folder,
        )


def _written(path: Path, beside: Iterable[str]) -> list[Path]:
    """All that is written for an output; a device has nothing beside it."""
    return [path] if is_device(path) else [path, *(path.with_name(path.name + ending) for ending in beside)]


def make_folder(images: Path) -> None:
    """Make the folder for new files if it isn't there. Raises `ReportError`."""
    try:
        images.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(
            "The folder {path} can't be made: {why}. Name another one with --images-dir.",
            path=images,
            why=reason(error),
        ) from error


def _among(path: Path, others: Iterable[Path]) -> bool:
    return any(_same(path, other) for other in others)


def _same(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, that may not be there yet."""
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()
