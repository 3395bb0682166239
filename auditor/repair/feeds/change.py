"""Which links of a feed are to change, and what became of it: one change after the other, in feed order."""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from auditor.errors import Sentence
from auditor.model import ImageRef
from auditor.repair.feeds.new_links import NewLink, NewLinks
from auditor.urls import redact

_WINDOW = 10_000  # changes that wait for their image: rows that are gone since the audit hold places in it
_ADDRESS = re.compile(r"https?://[!-~]+")  # ASCII, so that it can be written in any encoding
UNCERTAIN = Sentence("where it stands in its row can't be told for certain")
COMMA = Sentence("the new address has a comma in it, which parts the links where it stands")


class Change(NamedTuple):
    """A link that is to change: where it stands, as the audit has it, and the address in its place.

    `old` is the link as all.jsonl shows it, without secrets. `new` is an http(s) address in ASCII.
    """

    row: int
    slot: str
    marketplace: str
    old: str
    new: str


class Difference(NamedTuple):
    """A link that was changed. `column` is the column's name or the attribute's; `old` is without secrets.

    `note` says what else there is to know of this cell.
    """

    row: int
    column: str
    slot: str
    marketplace: str
    sku: str
    old: str
    new: str
    note: Sentence | None = None


class Left(NamedTuple):
    """A change that wasn't made, and why."""

    change: Change
    why: Sentence


# A sentence is about the whole feed.
Told: TypeAlias = Difference | Left | Sentence
Tell: TypeAlias = Callable[[Told], None]
_Key: TypeAlias = tuple[int, str, str]


class Changes:
    """The changes of one feed, to be asked for image by image; `tell` hears what becomes of each.

    They come in feed order, as the audit has them. Only a window of them is held. `made` and `left` count, and `links`
    are those made. Close it.
    """

    def __init__(self, changes: Iterable[Change], tell: Tell) -> None:
        self.made = 0
        self.left = 0
        self.links = NewLinks()
        self._last: Change | None = None  # that was made
        self._tell = tell
        self._coming: Iterator[Change] = iter(changes)
        self._number = 0  # how many came
        self._window: OrderedDict[int, Change] = OrderedDict()
        self._waiting: dict[_Key, list[int]] = {}  # numbers in the window
        self._met: set[int] = set()  # those whose image was met with another link
        self._fill()

    def of(self, ref: ImageRef) -> Change | None:
        """Return the change of an image, once; None where there is none, or its link isn't the audited one."""
        waiting = self._waiting.get((ref.row, ref.slot, ref.marketplace))
        if waiting is None:
            return None
        links = {ref.url, redact(ref.url)}
        number = next((one for one in waiting if self._window[one].old in links), None)
        if number is None:
            self._met.update(waiting)
            return None
        change = self._take(number)
        while self._window and next(iter(self._window)) < number - _WINDOW // 2:
            self._give_up()
        self._fill()
        return change

    def tell_made(self, change: Change, ref: ImageRef, column: str, note: Sentence | None = None) -> None:
        """Tell that a change was made, in one cell more where it is in several."""
        self.made += 1
        if change is not self._last:
            self._last = change
            self.links.add(NewLink(ref.row, ref.slot, ref.marketplace, change.new))
        old = redact(ref.url)
        self._tell(Difference(ref.row, column, ref.slot, ref.marketplace, ref.sku, old, change.new, note))

    def tell_left(self, change: Change, why: Sentence) -> None:
        """Tell that a change couldn't be made."""
        self.left += 1
        self._tell(Left(change, why))

    def remark(self, what: Sentence) -> None:
        """Tell what there is to know of the corrected feed."""
        self._tell(what)

    def close(self) -> None:
        """Let go of what was noted."""
        self.links.close()

    def end(self) -> None:
        """Tell of those that found no image."""
        while self._window:
            self._give_up()
            self._fill()

    def _fill(self) -> None:
        while len(self._window) < _WINDOW:
            change = next(self._coming, None)
            if change is None:
                return
            if not _ADDRESS.fullmatch(change.new):
                self.tell_left(change, Sentence("the new address is no http(s) address in ASCII"))
                continue
            self._number += 1
            self._window[self._number] = change
            self._waiting.setdefault((change.row, change.slot, change.marketplace), []).append(self._number)

    def _take(self, number: int) -> Change:
        change = self._window.pop(number)
        key = (change.row, change.slot, change.marketplace)
        self._waiting[key].remove(number)
        if not self._waiting[key]:
            del self._waiting[key]
        return change

    def _give_up(self) -> None:
        """Give up the change that waits longest."""
        number = next(iter(self._window))
        change = self._take(number)
        if number in self._met:
            self.tell_left(change, Sentence("the feed has another link there than the audit"))
        else:
            self.tell_left(change, Sentence("the feed has no such image in this row"))
        self._met.discard(number)
