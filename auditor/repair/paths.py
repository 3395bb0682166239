"""The places that a repair writes to: none of them is one that it reads from, and none stands for two things."""

from collections.abc import Iterable
from pathlib import Path

from auditor.errors import ReportError, SettingsError, reason
from auditor.repair.journal import journal_path
from auditor.settings import RepairSettings


def check_paths(wanted: RepairSettings, *, planned: bool) -> None:
    """See that nothing is written over an input or over another output, or published by mistake.

    Raises `SettingsError`.
    """
    outputs = [wanted.report] if planned else [wanted.out, wanted.report, wanted.summary, journal_path(wanted.images)]
    named = [path for path in outputs if path is not None]
    for source in (Path(wanted.feed), wanted.audit):
        if any(_same(path, source) for path in named):
            raise SettingsError("{path} would be written over. Nothing is; name another file.", path=source)
    twice = next((path for place, path in enumerate(named) if _among(path, named[:place])), None)
    if twice is not None:
        raise SettingsError("Two files would be written to {path}: give them different names.", path=twice)
    public = [] if planned else [path for path in named if path.resolve().is_relative_to(wanted.images.resolve())]
    if public:
        raise SettingsError(
            "{path} would lie in {folder}, which you publish: name another place, or another --images-dir.",
            path=public[0],
            folder=wanted.images,
        )


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
