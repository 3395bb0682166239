"""Where the bytes of a feed change, and the copy that changes them and no others."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import NamedTuple, Protocol

from auditor.repair.feeds.change import Changes
from auditor.repair.feeds.stretches import Blocks, Stretches, Written


class Edit(NamedTuple):
    """A stretch of a feed, by its first place and the one behind it, and the ASCII that comes in its stead."""

    start: int
    end: int
    new: str


class Patch(NamedTuple):
    """A row that changes: its first place, the one behind it, and its edits in order."""

    start: int
    end: int
    edits: tuple[Edit, ...]


class Rows(Protocol):
    """The rows of a feed of one shape. `written` says how it is, and what its places count.

    `head` is where the first row begins, `tail` where the last one ends (None: at the end of the feed), both once
    `patches` has come so far. `between` stands between two rows and belongs to neither.
    """

    written: Written
    head: int
    tail: int | None
    between: str

    def patches(self, changes: Changes) -> AsyncGenerator[Patch, None]:
        """Yield the rows that change, in feed order. Raises FeedError where the feed can't be read on."""
        ...


async def whole(stored: Blocks, rows: Rows, changes: Changes) -> Blocks:
    """Yield the bytes of a feed with its changes made, and no other byte changed. Raises FeedError."""
    async with aclosing(Stretches(stored, rows.written)) as stretches, aclosing(rows.patches(changes)) as patches:
        async for patch in patches:
            async for block in _patched(stretches, rows, patch):
                yield block
        async for block in stretches.until(None):
            yield block


async def only_changed(stored: Blocks, rows: Rows, changes: Changes) -> Blocks:
    """Yield the same without the rows that don't change. Raises FeedError."""
    between = b""
    async with aclosing(Stretches(stored, rows.written)) as stretches, aclosing(rows.patches(changes)) as patches:
        async for patch in patches:
            async for block in stretches.until(rows.head):
                yield block
            await stretches.skip(patch.start)
            yield between
            between = rows.written.bytes(rows.between)
            async for block in _patched(stretches, rows, patch):
                yield block
            async for block in stretches.until(patch.end):
                yield block
        async for block in stretches.until(rows.head):
            yield block
        if rows.tail is not None:
            await stretches.skip(rows.tail)
            async for block in stretches.until(None):
                yield block


async def _patched(stretches: Stretches, rows: Rows, patch: Patch) -> Blocks:
    """Yield what stands before each edit of a row, and what comes in its stead."""
    for edit in patch.edits:
        async for block in stretches.until(edit.start):
            yield block
        await stretches.skip(edit.end)
        yield rows.written.bytes(edit.new)
