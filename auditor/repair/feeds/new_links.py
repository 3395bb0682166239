"""The links of a feed that were changed, noted one after the other."""

import json
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import NamedTuple

from auditor.repair.feeds.spooled import one_sentence
from auditor.settings import MIB

_MEMORY = MIB  # bytes of them in memory; more lie in a file without a name


class NewLink(NamedTuple):
    """A link that was changed: where it stands, and the address that is there now."""

    row: int
    slot: str
    marketplace: str
    new: str


class NewLinks:
    """Links that were changed, in feed order. Close it. Raises AuditorError where they can't be noted."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(_MEMORY)  # noqa: SIM115  # closed by `close`

    def add(self, made: NewLink) -> None:
        """Note one more."""
        with one_sentence():
            self._file.write(json.dumps(made).encode() + b"\n")

    def all(self) -> Iterator[NewLink]:
        """Yield all of them."""
        with one_sentence():
            self._file.seek(0)
            for line in self._file:
                yield NewLink(*json.loads(line))

    def close(self) -> None:
        """Let go of them."""
        self._file.close()
