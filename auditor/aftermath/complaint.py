"""What a processing report says: one record per complaint, and what it says of the whole upload."""

import re
from enum import StrEnum
from typing import NamedTuple

from auditor.feeds.cells import printable
from auditor.urls import INVISIBLE

_MESSAGE = 32_000  # characters: what a cell of a spreadsheet holds
_NAME = 1000  # characters of anything else
_WHOLE = re.compile(r"\d+|\d{1,3}(?:[.,' \u00a0\u202f\u2019]\d{3})+", re.ASCII)
_DIGITS = 18  # of a number: what a database holds


class Grade(StrEnum):
    """How much a complaint matters to Amazon: an error keeps something from being taken over, a warning doesn't."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Complaint(NamedTuple):
    """One thing that Amazon says of an upload. What a report leaves out is empty, or None for a number.

    `message_id` is the number of the feed's message, 0 for the whole file; `record` that of a text feed's record, whose
    first one is counted differently from report to report. `attribute` names what it is about; several have commas
    between.
    """

    sku: str = ""
    message_id: int | None = None
    record: int | None = None
    code: str = ""
    severity: Grade = Grade.ERROR
    message: str = ""
    attribute: str = ""
    asin: str = ""


class ReportSummary(NamedTuple):
    """What a report says of the upload: its Batch ID, and counts of messages; None where it doesn't say."""

    batch_id: str = ""
    processed: int | None = None
    successful: int | None = None
    with_errors: int | None = None
    with_warnings: int | None = None

    @property
    def counted(self) -> bool:
        """Whether it says how many were processed, and how many of them well or in vain."""
        return self.processed is not None and (self.successful is not None or self.with_errors is not None)

    @property
    def failed(self) -> int:
        """How many records weren't taken over, as far as it says."""
        if self.successful is None:
            return self.with_errors or 0
        # Those with warnings may not be among the successful.
        lacking = (self.processed or 0) - self.successful - (self.with_warnings or 0)
        return max(self.with_errors or 0, lacking)


def name_of(text: object) -> str:
    """Return an id, code or attribute as a record has it; nothing where there is none."""
    return "" if text is None else printable(str(text)[:_NAME]).strip(INVISIBLE)


def message_of(text: object) -> str:
    """Return what is said, up to what a cell can hold."""
    return "" if text is None else printable(str(text)[:_MESSAGE]).strip(INVISIBLE + "\r\n")


def number_of(text: object) -> int | None:
    """Return a whole number, with or without marks between its thousands; None for what is none."""
    found = _WHOLE.fullmatch(str(text)[:_NAME].strip(INVISIBLE))
    digits = "".join(filter(str.isdecimal, found[0])) if found else ""
    return int(digits) if 0 < len(digits) <= _DIGITS else None


# What a type begins with, in the languages of Amazon's marketplaces.
_WORDS = {
    Grade.ERROR: ("err", "fehler", "fout", "błąd", "fel", "hata", "エラー", "错误", "錯誤", "lỗi"),
    Grade.WARNING: (
        *("warn", "avert", "avviso", "avvert", "advert", "aviso", "alert", "waarschuw", "ostrze", "varning", "uyar"),
        *("警告", "注意", "cảnh báo"),
    ),
    Grade.INFO: ("info", "hinweis", "note", "nota", "remarque", "情報", "信息", "資訊", "thông tin"),
}


def known_grade(text: object) -> Grade | None:
    """Return how much a type means, in any of those languages; None for a word that is no type."""
    word = str(text or "").strip(INVISIBLE).casefold()
    return next((grade for grade, words in _WORDS.items() if word.startswith(words)), None)


def grade_of(text: object) -> Grade:
    """Return how much a type means; a word that isn't known counts as an error, so that none is missed."""
    return known_grade(text) or Grade.ERROR
