"""What is planted in the feed: one kind of fault, or one kind of picture that must pass."""

from collections.abc import Mapping
from typing import NamedTuple

from auditor.demo.answers import Answer

SLOT_COLUMNS: Mapping[str, str] = {
    "MAIN": "main_image_url",
    "PT01": "other_image_url1",
    "PT02": "other_image_url2",
    "SWCH": "swatch_image_url",
}
COPIES = 4  # rows per plant
FEW = 2  # rows of a plant that costs seconds, or asks a name server


class Plant(NamedTuple):
    """One kind of fault, or of good picture.

    `code` is the finding that must come (None: the image passes), `also` the warnings that go along; together they are
    all findings of `slot`. `cells` are what the row's columns hold, with `{base}`, `{port}` and `{number}` to be
    filled. `answer` is how the host meets requests for `/name/…`; None where no request should reach it.
    """

    name: str
    code: str | None
    about: str
    cells: Mapping[str, str]
    answer: Answer | None = None
    also: tuple[str, ...] = ()
    slot: str = "MAIN"
    copies: int = COPIES

    @property
    def codes(self) -> frozenset[str]:
        """Every finding that this plant gets."""
        return frozenset((self.code, *self.also) if self.code else self.also)

    def on(self, slot: str) -> "Plant":
        """Move it, with its URL, to another slot of the row."""
        return self._replace(slot=slot, cells={SLOT_COLUMNS[slot]: self.cells[SLOT_COLUMNS[self.slot]]})


def hosted(name: str, code: str | None, about: str, answer: Answer, suffix: str = ".jpg") -> Plant:
    """Something that the host answers under `/name/NUMBER.suffix`."""
    return Plant(name, code, about, {"main_image_url": f"{{base}}/{name}/{{number:06d}}{suffix}"}, answer)


def linked(name: str, code: str, about: str, url: str) -> Plant:
    """A link that is itself the matter."""
    return Plant(name, code, about, {"main_image_url": url})


def celled(name: str, code: str, about: str, **cells: str) -> Plant:
    """A row whose cells are the matter; it has no other image, so that there is one place for the finding."""
    return Plant(name, code, about, {"other_image_url1": "", "other_image_url2": "", "swatch_image_url": ""} | cells)
