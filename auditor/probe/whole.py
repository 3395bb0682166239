"""One attempt to look at a whole image: downloaded into a file, decoded, and the file removed."""

import asyncio
from pathlib import Path
from typing import Protocol

from auditor.model import (
    Answered,
    Body,
    Cause,
    Doubt,
    Excess,
    Excessive,
    ImageInfo,
    Undetermined,
    Unmeasured,
    Unreached,
)
from auditor.probe.answer import codings_of, facts_of
from auditor.probe.client import Reply, Stream
from auditor.probe.decode import Decoded
from auditor.probe.faults import BrokenOffError, TooMuchError
from auditor.probe.look import Look
from auditor.probe.spool import Spool
from auditor.probe.surplus import StrayError
from auditor.sniff import Held, Need, give_up, sniff
from auditor.urls import Target


class Decoding(Protocol):
    """What is done with a whole file."""

    async def decode(self, path: Path, image: ImageInfo | Undetermined | Unmeasured, /) -> Body:
        """Decode a file, of which the first bytes say this; say what it shows."""
        ...


class Whole:
    """Downloads files of up to so many bytes, and decodes them. `folder` holds them meanwhile."""

    def __init__(self, most: int, decoders: Decoding, folder: Path) -> None:
        self._most = most
        self._decoders = decoders
        self._folder = folder

    async def __call__(self, look: Look, target: Target) -> Answered | Unreached:
        """Make one attempt. Raises what a client does, and `ReportError` where the file can't be written."""
        deadline = asyncio.get_running_loop().time() + look.settings.timeout
        try:
            return await self._ask(look, target, deadline)
        except BrokenOffError as error:
            if not error.reused:
                raise
            # The connection may have been about to be closed, which says nothing.
        except StrayError:
            pass  # nor does an answer that may be another's
        return await self._ask(look, target, deadline, new=True)

    async def _ask(self, look: Look, target: Target, deadline: float, *, new: bool = False) -> Answered | Unreached:
        """Ask once. Raises `StrayError` for an answer that may be another's, whatever it says."""
        reply = await look.client.ask(target, None, deadline, new=new)
        with reply:
            return await self._read(reply)

    async def _read(self, reply: Reply) -> Answered | Unreached:
        facts, _ = facts_of(reply)
        if facts.status == 206:
            return Unreached(Cause.PROTOCOL_ERROR, "206 to a request without Range")
        if facts.status != 200:
            reply.drop()
            return facts
        async with Spool(self._folder) as spool:
            whole = await self._fill(spool, self._stream(reply), facts.content_length or 0)
            if not whole:
                reply.drop()
            return facts._replace(body=await self._body(spool, whole=whole))

    def _stream(self, reply: Reply) -> Stream:
        codings = codings_of(reply)
        return Decoded(reply, codings, self._most) if codings else reply

    async def _fill(self, spool: Spool, stream: Stream, promised: int) -> bool:
        """Read the answer into the file; say whether that was all of it, and not more than anyone wants."""
        try:
            while piece := await stream.read():
                await spool.write(piece)
                if max(spool.length, promised) > self._most:
                    return False
        except TooMuchError:
            return False
        await spool.close()
        return True

    async def _body(self, spool: Spool, *, whole: bool) -> Body:
        held = Held(bytes(spool.head))
        body = sniff(held, spool.length if whole else None)
        if isinstance(body, Need):
            body = give_up(held, Doubt.TOO_MANY_BYTES)
        if not isinstance(body, ImageInfo | Undetermined | Unmeasured):
            return body  # it has become something else since the first look
        if not whole:
            return Excessive(body.format, Excess.BYTES)
        return await self._decoders.decode(spool.path, body)
