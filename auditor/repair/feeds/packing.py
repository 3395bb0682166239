"""A workbook with one part replaced: every other part is copied as it is packed, byte by byte.

The format is ZIP's, as APPNOTE.TXT has it (sections 4.3.7, 4.3.12 and 4.3.16).
"""

import asyncio
import struct
import tempfile
import zipfile
import zlib
from collections.abc import AsyncGenerator, Iterator
from itertools import pairwise
from typing import BinaryIO, NamedTuple

from auditor.errors import AuditorError, Sentence
from auditor.repair.feeds.spooled import one_sentence
from auditor.repair.feeds.stretches import Blocks
from auditor.settings import KIB, MIB

_BLOCK = 256 * KIB
_MEMORY = 32 * MIB  # bytes of the packed part in memory; more lie in a file without a name
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_SIZES_FOLLOW = 8  # the flag that sizes stand behind the bytes
_LARGE = 0xFFFF_FFFF  # in place of a number that stands elsewhere


class _Packed(NamedTuple):
    """A part, packed: its bytes, their number, the part's own size, and its check."""

    file: BinaryIO
    packed: int
    size: int
    check: int


async def repacked(stored: BinaryIO, name: Sentence | str, part: str, blocks: Blocks) -> AsyncGenerator[bytes, None]:
    """Yield an archive with other bytes in one part, those of `blocks`; `name` is for messages. Closes the archive.

    Raises AuditorError for an archive of a form that can't be copied so.
    """
    with stored, tempfile.SpooledTemporaryFile(_MEMORY) as file:
        packed = await _pack(blocks, file)  # type: ignore[arg-type]  # it reads and writes as files do
        for block in _archive(stored, name, part, packed):
            yield block
            await asyncio.sleep(0)


async def _pack(blocks: Blocks, file: BinaryIO) -> _Packed:
    deflate = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    size = check = 0
    async for block in blocks:
        size += len(block)
        check = zlib.crc32(block, check)
        with one_sentence():
            await asyncio.to_thread(file.write, deflate.compress(block))
    with one_sentence():
        file.write(deflate.flush())
        file.flush()
    return _Packed(file, file.tell(), size, check)


class _Plan(NamedTuple):
    """Where the parts stand, the directory and the part that is replaced, with its size and check.

    `moved` says where parts come to stand, `end` where the directory does.
    """

    starts: list[int]
    directory: int
    replaced: int
    size: int
    check: int
    moved: dict[int, int]
    end: int = 0


def _plan(stored: BinaryIO, part: str) -> _Plan:
    with zipfile.ZipFile(stored) as archive:
        starts = sorted({info.header_offset for info in archive.infolist()})
        info = archive.getinfo(part)
        return _Plan(starts, archive.start_dir, info.header_offset, info.file_size, info.CRC, {})


def _archive(stored: BinaryIO, name: Sentence | str, part: str, packed: _Packed) -> Iterator[bytes]:
    plan = _plan(stored, part)
    if (plan.check, plan.size) == (packed.check, packed.size):
        yield from _copied(stored, 0, stored.seek(0, 2))  # nothing has changed
        return
    place = plan.starts[0]
    yield from _copied(stored, 0, place)
    for start, end in pairwise([*plan.starts, plan.directory]):
        plan.moved[start] = place
        for block in _part(stored, start, packed) if start == plan.replaced else _copied(stored, start, end):
            place += len(block)
            yield block
    yield _directory(stored, name, plan._replace(end=place), packed)


def _copied(stored: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    stored.seek(start)
    while start < end and (block := stored.read(min(_BLOCK, end - start))):
        start += len(block)
        yield block


def _part(stored: BinaryIO, start: int, packed: _Packed) -> Iterator[bytes]:
    """Yield a part anew: its own header, without what stood of its sizes, and the packed bytes."""
    stored.seek(start)
    mark, version, flags, _, *when, _, _, _, name, _ = _LOCAL.unpack(stored.read(_LOCAL.size))
    sizes = (packed.check, packed.packed, packed.size, name, 0)
    yield _LOCAL.pack(mark, version, flags & ~_SIZES_FOLLOW, zipfile.ZIP_DEFLATED, *when, *sizes) + stored.read(name)
    yield from _copied(packed.file, 0, packed.packed)


def _directory(stored: BinaryIO, name: Sentence | str, plan: _Plan, packed: _Packed) -> bytes:
    """Return the directory with the parts' new places, and all that follows it."""
    stored.seek(plan.directory)
    old, new, at = stored.read(), bytearray(), 0
    while old.startswith(b"PK\1\2", at):
        fields = list(_CENTRAL.unpack_from(old, at))
        start = fields[16]
        if _LARGE in fields[7:10] or start not in plan.moved:
            raise _refused(name)
        fields[16] = plan.moved[start]
        if start == plan.replaced:
            fields[3:5] = fields[3] & ~_SIZES_FOLLOW, zipfile.ZIP_DEFLATED
            fields[7:10] = packed.check, packed.packed, packed.size
        behind = at + _CENTRAL.size + sum(fields[10:13])
        new += _CENTRAL.pack(*fields) + old[at + _CENTRAL.size : behind]
        at = behind
    if not old.startswith(b"PK\5\6", at):
        raise _refused(name)
    end = list(_END.unpack_from(old, at))
    end[5], end[6] = len(new), plan.end
    return bytes(new) + _END.pack(*end) + old[at + _END.size :]


def _refused(name: Sentence | str) -> AuditorError:
    return AuditorError(
        "{name} is packed in a way that can't be kept part by part; write the corrected feed with --as-text.", name=name
    )
