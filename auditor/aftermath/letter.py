"""The text of a support case: the steps taken, the method, the Batch ID, and the ASIN of each product without an image.

That is what Amazon's help page asks for. It claims no step that isn't on record. Each text stands for itself, with the
uploads of the products that it names.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from auditor.aftermath.case import Case
from auditor.aftermath.moments import utc
from auditor.feeds.cells import shown
from auditor.state import Upload
from auditor.texts import Texts

_COUNT = 999_999  # stands for a number while a text is measured
_LONGEST = 100  # characters of a name that a file or a user gives


class Claims(NamedTuple):
    """What the texts may say beside what is on record of each product.

    `audited` is when the images were looked at, `checked` when the feed was last checked as a whole, and `clean` when
    the processing report of an upload showed no more errors, by Batch ID: seconds since the epoch, where that is on
    record. `batch` is the user's word for the Batch ID, for products without an upload on record. `attachment` names
    the table that goes with the texts.
    """

    method: str
    policy: str
    audited: float | None
    checked: float | None
    clean: Mapping[str, float]
    batch: str
    attachment: str


def write_letters(cases: Iterable[Case], claims: Claims, words: Texts, length: int) -> list[str]:
    """Write the texts, each at most so many characters long; what is said around a single product is never cut."""
    frame = _Frame(claims, words)
    drafts: list[_Draft] = []
    named: set[str] = set()
    for case in cases:
        line = case.asin or words.phrase("case-without-asin", sku=shown(case.sku[:_LONGEST]))
        if line in named:  # another offer of the same ASIN
            continue
        named.add(line)
        if not drafts or not drafts[-1].fits(case, line, length):
            drafts.append(_Draft(frame))
        drafts[-1].add(case, line)
    return [draft.text(part, len(drafts)) for part, draft in enumerate(drafts, 1)]


class _Draft:
    """One text while products are added to it."""

    def __init__(self, frame: "_Frame") -> None:
        self._frame = frame
        self._lines: list[str] = []
        self._uploads: Counter[Upload | None] = Counter()  # None: not on record
        self._around = 0  # characters of what isn't products
        self._within = 0  # characters of the products

    def fits(self, case: Case, line: str, length: int) -> bool:
        """Say whether a product fits in, with what is to be said of its upload."""
        upload = case.sent and case.sent.first
        around = self._around if upload in self._uploads else self._frame.measured({*self._uploads, upload})
        return around + self._within + len(line) + 1 <= length

    def add(self, case: Case, line: str) -> None:
        """Add a product."""
        upload = case.sent and case.sent.first
        if upload not in self._uploads:
            self._around = self._frame.measured({*self._uploads, upload})
        self._uploads[upload] += 1
        self._lines.append(line)
        self._within += len(line) + 1

    def text(self, part: int, parts: int) -> str:
        """Write it."""
        lines = (*self._frame.above(self._uploads, part, parts), *self._lines, *self._frame.below())
        return "\n".join(lines) + "\n"


class _Frame:
    """What stands around the products."""

    def __init__(self, claims: Claims, words: Texts) -> None:
        self._claims = claims
        self._say = words.phrase

    def measured(self, uploads: Iterable[Upload | None]) -> int:
        """Tell how many characters it has at most."""
        above = self.above(dict.fromkeys(uploads, _COUNT), _COUNT, _COUNT)
        return sum(len(line) + 1 for line in (*above, *self.below()))

    def above(self, uploads: Mapping[Upload | None, int], part: int, parts: int) -> Iterator[str]:
        """Say what comes before the products, which these uploads had; each with the number of products."""
        say = self._say
        recorded = {upload: count for upload, count in uploads.items() if upload is not None}
        yield say("case-subject")
        if parts > 1:
            yield say("case-part", part=part, parts=parts)
        yield from ("", say("case-waited" if len(recorded) == len(uploads) else "case-opening"))
        yield from ("", say("case-steps"))
        for number, step in enumerate(self._steps(recorded), 1):
            yield f"{number}. {step}"
        yield from ("", say(f"case-method-{self._claims.method}"))
        batches = dict.fromkeys(upload.batch if upload else self._claims.batch for upload in uploads)
        if any(batches):
            yield say("case-batches", batches=", ".join(shown(batch[:_LONGEST]) for batch in batches if batch))
        yield from ("", say("case-products"))

    def _steps(self, uploads: Mapping[Upload, int]) -> Iterator[str]:
        """Say what was done, as far as it is on record, in the order in which it was."""
        say, claims = self._say, self._claims
        when = say("case-audited-when", when=utc(claims.audited)) if claims.audited is not None else ""
        yield f"{say('case-audited', policy=claims.policy)} {when}".rstrip()
        if claims.checked is not None:
            yield say("case-checked", when=utc(claims.checked))
        for upload, count in sorted(uploads.items(), key=lambda entry: entry[0].sent):
            batch, when = shown(upload.batch[:_LONGEST]), utc(upload.sent)
            yield say("case-sent" if batch else "case-sent-without-batch", when=when, batch=batch, count=count)
            if upload.batch in claims.clean:
                yield say("case-clean", batch=batch, when=utc(claims.clean[upload.batch]))
        if uploads:
            yield say("case-patience", when=utc(max(upload.sent for upload in uploads)))

    def below(self) -> Iterator[str]:
        """Say what comes after the products."""
        yield from ("", self._say("case-attached", file=self._claims.attachment), self._say("case-request"))
