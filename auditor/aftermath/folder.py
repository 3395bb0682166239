"""What `auditor case` leaves in its folder: texts for support, a table that goes with them, and what is still to do."""

import asyncio
import re
from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from auditor.aftermath.case import Case, Fault, Standing
from auditor.aftermath.moments import utc
from auditor.errors import SettingsError
from auditor.reports import PartFile, SystemDisk, csv_lines, telling
from auditor.texts import Text, Texts

ATTACHMENT, TO_DO = "case.csv", "todo.csv"
_LETTER = re.compile(r"case-[1-9]\d*\.txt")
_BLOCK = 256 * 1024  # bytes per write
_SLOTS = 20  # addresses of one product that a cell holds

# One line for each product that is for support.
_ATTACHED: tuple[tuple[str, Callable[[Case], str]], ...] = (
    ("asin", lambda case: case.asin),
    ("sku", lambda case: case.sku),
    ("batch_id", lambda case: case.sent.first.batch if case.sent else ""),
    ("submitted_utc", lambda case: utc(case.sent.first.sent) if case.sent else ""),
    ("last_batch_id", lambda case: case.sent.last.batch if case.sent else ""),
    ("last_submitted_utc", lambda case: utc(case.sent.last.sent) if case.sent else ""),
    ("images", lambda case: " ".join(f"{slot}={url}" for slot, url in case.urls[:_SLOTS])),
)


class ToDo:
    """A line of todo.csv: a product that isn't for support yet, or one of the faults that it has."""

    def __init__(self, case: Case, fault: Fault | None, words: Texts, wait: float) -> None:
        self.case = case
        self.fault = fault
        self.until = utc(case.sent.first.sent + wait) if case.sent and case.standing is Standing.WAIT else ""
        self.next = words.phrase(f"case-{case.standing}")
        self.text = _text(fault, words)


_TO_DO: tuple[tuple[str, Callable[[ToDo], str]], ...] = (
    ("asin", lambda line: line.case.asin),
    ("sku", lambda line: line.case.sku),
    ("standing", lambda line: line.case.standing),
    ("next", lambda line: line.next),
    ("until_utc", lambda line: line.until),
    ("slot", lambda line: line.fault.slot if line.fault else ""),
    ("code", lambda line: line.fault.finding.code if line.fault else ""),
    ("symptom", lambda line: line.text.symptom),
    ("solution", lambda line: line.text.solution),
    ("url", lambda line: line.fault.url if line.fault else ""),
)


def _text(fault: Fault | None, words: Texts) -> Text:
    """Put a fault into words; an audit of another version may have codes and values that aren't known here."""
    with suppress(KeyError):
        return words.of(fault.finding) if fault else Text("", "", "")
    return Text("", "", "")


def attached(cases: Iterable[Case]) -> bytes:
    """Write the table for support."""
    rows = ([getter(case) for _, getter in _ATTACHED] for case in cases)
    return csv_lines([[header for header, _ in _ATTACHED], *rows])


def to_do(cases: Iterable[Case], words: Texts, wait: float) -> bytes:
    """Write what is to be done first; `wait` is how long images may take, in seconds."""
    lines = (ToDo(case, fault, words, wait) for case in cases for fault in case.faults or (None,))
    rows = ([getter(line) for _, getter in _TO_DO] for line in lines)
    return csv_lines([[header for header, _ in _TO_DO], *rows])


def check_folder(folder: Path, inputs: Iterable[str]) -> None:
    """See that no file that is read would be overwritten. Raises `SettingsError`."""
    for path in map(Path, inputs):
        if path.resolve().parent == folder.resolve() and _is_ours(path.name):
            raise SettingsError(
                "{path} would be overwritten by a file of the case: give --out another folder.", path=path
            )


def _is_ours(name: str) -> bool:
    return name in (ATTACHMENT, TO_DO) or _LETTER.fullmatch(name) is not None


async def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files, whole or not at all, and remove what an earlier call has left beside them. Raises `ReportError`."""
    with telling(folder):
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    disk = SystemDisk()
    parts = [PartFile(folder / name, _BLOCK, disk) for name in files]
    try:
        for part, content in zip(parts, files.values(), strict=True):
            await part.open()
            await part.write(content)
            await part.close()
        for part in parts:
            await part.publish()
    finally:
        for part in parts:
            with suppress(OSError):
                part.part.unlink(missing_ok=True)
    with telling(folder):
        await asyncio.to_thread(_remove_others, folder, files)


def _remove_others(folder: Path, files: Container[str]) -> None:
    for path in list(folder.iterdir()):
        if _is_ours(path.name) and path.name not in files:
            path.unlink()
