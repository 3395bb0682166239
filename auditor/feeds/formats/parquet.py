"""Parquet files, with the names of a table's columns. They need the extra `parquet`, which is pyarrow.

Only the columns in use are read, page by page, some thousand rows at a time. A list of texts is a list of links; other
nested columns aren't looked at. A row's number is its place in the file.
"""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from auditor.errors import FeedError, Sentence
from auditor.feeds.columns import complaint, find_columns
from auditor.feeds.formats import FeedFormat
from auditor.feeds.records import BATCH, Unreadable
from auditor.feeds.rows import RowBuilder
from auditor.feeds.source import Source
from auditor.model import BadRowReason, ProductRow
from auditor.settings import KIB, MIB, FeedSettings

_MAGIC = b"PAR1"
_ENCRYPTED = b"PARE"
_RATIO = 1000  # to which a column may unpack, beyond a size that does no harm
_HARMLESS = 64 * MIB
_PORTIONS = 8  # of rows, read at once, unless they are large
_BUFFER = 256 * KIB  # bytes read ahead of each column, in place of all that it has in a row group
_FOOTER = 64 * MIB  # bytes of the file's last part, which is held whole: that of any feed is far smaller
_OFFSET = 4  # bytes, of where a text ends
_SIZES = Path(__file__).parents[1] / "parquet_sizes.py"
_PATIENCE = 60.0  # seconds for that: a footer that keeps it busy
_EXACT = 1e15  # up to which a float tells a whole number apart from the next


async def _reader(source: Source, settings: FeedSettings) -> "ParquetReader":
    """Return a reader of the file. Raises FeedError if pyarrow isn't installed, or the file lacks columns or rows."""
    if source.head.startswith(_ENCRYPTED):
        raise _encrypted(source.name)
    _need_pyarrow(source.name)  # not in a thread: what a library sets up once belongs to the program's own
    table = await asyncio.to_thread(_open, await source.seekable(), source.name)
    try:
        return ParquetReader(source, table, settings)
    finally:
        table.close(force=True)


def _need_pyarrow(name: Sentence | str) -> None:
    try:
        # It has no types, and is needed for no other format.
        from pyarrow import parquet  # type: ignore[import-untyped]  # noqa: F401, PLC0415
    except ImportError as error:
        raise FeedError(
            "{name} is a Parquet file; to read those, run: pip install 'auditor[parquet]'", name=name
        ) from error


def _open(file: BinaryIO, name: Sentence | str) -> Any:
    """Open a file by its footer. Raises FeedError, one sentence, for all that is wrong with it."""
    from pyarrow import parquet  # noqa: PLC0415  # it is there

    try:
        with _one_sentence(name):
            _look_at_end(file, name)
            # Without these limits a footer of kilobytes could ask for gigabytes.
            return parquet.ParquetFile(
                file,
                buffer_size=_BUFFER,
                pre_buffer=False,
                thrift_string_size_limit=_FOOTER,
                thrift_container_size_limit=1_000_000,
            )
    except BaseException:
        file.close()
        raise


def _look_at_end(file: BinaryIO, name: Sentence | str) -> None:
    end = file.seek(0, 2)
    file.seek(max(0, end - 8))
    length, magic = int.from_bytes(file.read(4), "little"), file.read(4)
    file.seek(0)
    if magic == _ENCRYPTED:
        raise _encrypted(name)
    if magic != _MAGIC or end < 12:
        raise FeedError("{name} ends early: a Parquet file ends with its footer; fetch it again.", name=name)
    if length > min(_FOOTER, end - 12):
        raise _damaged(name)


class ParquetReader:
    """Reads a Parquet file, streamed. Raises FeedError at once for columns that are missing, or no rows."""

    def __init__(self, source: Source, table: Any, settings: FeedSettings) -> None:
        with _one_sentence(source.name):
            fields = [field for field in table.schema_arrow if _is_flat(field.type)]
            self._count: int = table.metadata.num_rows
        names = [field.name for field in fields]
        columns = find_columns(names, settings)
        why_not = complaint(columns, settings)
        if why_not:
            raise FeedError("{name} {why}", name=source.name, why=why_not)
        if self._count < 1:
            raise FeedError("{name} has columns and no rows; export the feed again.", name=source.name)
        wanted = {names[at] for at in columns.wanted if at >= 0}
        self._chosen = list(dict.fromkeys(name for name in names if name in wanted))
        self._names = [name for name in self._chosen for _ in range(names.count(name))]  # as pyarrow gives them
        self._source = source
        self._limit = settings.record_limit
        self._rows = RowBuilder(source.path, find_columns(self._names, settings), settings)
        self.slots = columns.slots
        self.ignored = columns.ignored
        packed = (Sentence("gzip"),) if source.packed else ()
        rows = Sentence("1 row") if self._count == 1 else Sentence("{count:,} rows", count=self._count)
        self.recognised = (Sentence("Parquet file"), *packed, rows, columns.described())

    async def read(self) -> AsyncGenerator[list[ProductRow], None]:
        """Yield the product rows. Raises FeedError where the file can't be read on, or has fewer than it says."""
        loop, file = asyncio.get_running_loop(), await self._source.seekable()
        done = 0
        # Always the same thread: pyarrow's memory stays with the thread that asked for it.
        with ThreadPoolExecutor(1) as thread:  # on an interrupt its last call is waited for
            table = await loop.run_in_executor(thread, _open, file, self._source.name)
            try:
                await _look_at_columns(file, self._chosen, self._source.name)
                batches = table.iter_batches(BATCH, columns=self._chosen, use_threads=False)
                while portions := await loop.run_in_executor(thread, self._next, batches):
                    for columns in portions:
                        rows = self._build(columns, done)
                        done += len(rows)
                        yield rows
                    self._source.told_share = done / self._count
            finally:
                thread.shutdown()
                table.close(force=True)
        if done != self._count:
            raise _damaged(self._source.name)

    def _next(self, batches: Iterator[Any]) -> list[list[list[str]]]:
        """Return the columns of the next rows, in portions; none at the end. Each call is a hop to a thread.

        Where the file can't be read on, what came before is returned, and the end then comes too early.
        """
        portions: list[list[list[str]]] = []
        size = 0
        try:
            with _one_sentence(self._source.name):
                while len(portions) < _PORTIONS and size < MIB and (batch := next(batches, None)) is not None:
                    portions.append([_values(column) for column in batch.columns])
                    size += batch.nbytes
        except FeedError:
            if not portions:
                raise
        return portions

    def _build(self, columns: list[list[str]], done: int) -> list[ProductRow]:
        """Make product rows of columns; `done` rows came before."""
        if len(columns) != len(self._names):
            raise _damaged(self._source.name)
        records = [(row, list(cells)) for row, cells in enumerate(zip(*columns, strict=True), done + 1)]
        if max((len(text) for column in columns for text in column), default=0) > self._limit:
            return [product for row, cells in records for product in self._careful(row, cells)]
        texts = ["".join(column) for column in columns]
        return self._rows.build(records, odd=any(not text.isascii() or "\0" in text for text in texts))

    def _careful(self, row: int, cells: list[str]) -> list[ProductRow]:
        if sum(map(len, cells)) > self._limit:
            return [self._rows.bad(Unreadable(row, BadRowReason.TOO_LONG, " ".join(text[:200] for text in cells)))]
        return self._rows.build([(row, cells)], odd=True)


async def _look_at_columns(file: BinaryIO, names: list[str], name: Sentence | str) -> None:
    """Raise FeedError where columns would unpack to what no feed has, as far as the file tells."""
    number = file.fileno()
    asked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", str(_SIZES), str(number), str(_FOOTER)),
        pass_fds=(number,),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        told, _ = await asyncio.wait_for(asked.communicate(), _PATIENCE)
    except TimeoutError:
        told = b""
    finally:
        if asked.returncode is None:
            asked.kill()
    if asked.returncode != 0:
        raise _damaged(name)
    for path, packed, unpacked in json.loads(told):
        if path.partition(".")[0] in names and not (packed >= 0 and 0 <= unpacked <= max(_HARMLESS, _RATIO * packed)):
            raise FeedError(
                "{name} unpacks to more than {times} times its size, as no feed does; write it anew.",
                name=name,
                times=_RATIO,
            )


def _is_flat(kind: Any) -> bool:
    """Say whether a column's type is a single value, or a list of texts."""
    from pyarrow import types  # noqa: PLC0415  # it is there: a file is open

    is_list = types.is_list(kind) or types.is_large_list(kind)
    return not types.is_nested(kind) or (is_list and _is_text(kind.value_type))


def _is_text(kind: Any) -> bool:
    from pyarrow import types  # noqa: PLC0415  # likewise

    return bool(types.is_string(kind) or types.is_large_string(kind))


def _values(column: Any) -> list[str]:
    """Write a column's values as a table's cells would have them."""
    plain = _plain(column)
    if plain is not None:
        return plain
    try:
        values = column.to_pylist()
    except UnicodeDecodeError:  # what the file calls text isn't
        values = column.cast("large_binary" if str(column.type).startswith("large") else "binary").to_pylist()
    return [value if type(value) is str else _cell(value) for value in values]


def _plain(column: Any) -> list[str] | None:
    """Cut a column's texts out of one, where all are ASCII and none is missing: a third of what `to_pylist` takes."""
    if str(column.type) != "string" or column.null_count or column.offset or not len(column):
        return None
    _, places, texts = column.buffers()
    if texts is None:  # all are empty
        return None
    ends = memoryview(places)[: _OFFSET * (len(column) + 1)].cast("i").tolist()
    text = bytes(memoryview(texts)[: ends[-1]])
    if not text.isascii():
        return None
    whole = text.decode("ascii")
    return [whole[begin:end] for begin, end in pairwise(ends)]


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bytes():
            return value.decode(errors="surrogateescape")
        case list():
            return ", ".join(text for text in value if text)
        case float() if value.is_integer() and abs(value) < _EXACT:
            return str(int(value))  # a column of numbers with gaps, as many programs write it
        case float() if value != value:  # noqa: PLR0124  # what such programs put into a gap
            return ""
    return str(value)


@contextmanager
def _one_sentence(name: Sentence | str) -> Iterator[None]:
    """Turn what the library says into one sentence."""
    from pyarrow import ArrowException, ArrowNotImplementedError  # noqa: PLC0415  # it is there

    try:
        yield
    except ArrowNotImplementedError as error:
        raise FeedError(
            "{name} is packed or built in a way that isn't read here; write it anew, with “snappy” or “zstd”.",
            name=name,
        ) from error
    except (ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        if "encrypt" in str(error).lower() or "decrypt" in str(error).lower():
            raise _encrypted(name) from error
        raise _damaged(name) from error


def _damaged(name: Sentence | str) -> FeedError:
    return FeedError("{name} is damaged: its Parquet data can't be read on; fetch it again.", name=name)


def _encrypted(name: Sentence | str) -> FeedError:
    return FeedError("{name} is encrypted; write it anew without.", name=name)


def _recognise(head: bytes) -> float | None:
    """Be sure of the mark at its beginning, that of an encrypted file too."""
    return 1.0 if head.startswith((_MAGIC, _ENCRYPTED)) else None


FORMAT = FeedFormat("parquet", (".parquet", ".pq"), _recognise, _reader)
