"""One attempt to look at a whole image: downloaded into a file, decoded, and the file removed."""

from pathlib import Path
from typing import Any, Protocol

from aiohttp import ClientResponse
from yarl import URL

from auditor.model import Answered, Body, Cause, Doubt, Excess, Excessive, ImageInfo, Undetermined, Unreached
from auditor.pixels import Decoders
from auditor.probe.answer import codings_of, facts_of
from auditor.probe.decode import Decoded
from auditor.probe.pool import StrayError
from auditor.probe.spool import Spool
from auditor.probe.stream import Stream
from auditor.probe.wire import BrokenOffError, TooMuchError
from auditor.settings import DeepSettings
from auditor.sniff import Held, Need, give_up, sniff


class Asks(Protocol):
    """What an attempt needs of the look that makes it."""

    session: Any
    routes: Any
    traffic: Any


class Whole:
    """Downloads and decodes. `folder` holds the files meanwhile."""

    def __init__(self, settings: DeepSettings, decoders: Decoders, folder: Path) -> None:
        self._settings = settings
        self._decoders = decoders
        self._folder = folder

    async def __call__(self, look: Asks, target: URL) -> Answered | Unreached:
        """Make one attempt. Raises what a client does, and `ReportError` where the file can't be written."""
        options: dict[str, Any] = {"allow_redirects": False, "timeout": look.session.timeout, "headers": None}
        try:
            return await self._ask(look, target, options)
        except BrokenOffError as error:
            if not error.reused:
                raise
            # The connection may have been about to be closed, which says nothing.
        except StrayError:
            pass  # nor does an answer that may be another's
        return await self._ask(look, target, options | {"server_hostname": target.raw_host})  # once more, on a new one

    async def _ask(self, look: Asks, target: URL, options: dict[str, Any]) -> Answered | Unreached:
        """Ask once. Raises `StrayError` for an answer that may be another's, whatever it says."""
        get = look.session.get if look.routes is None else look.routes(target)
        look.traffic.requests += 1
        response: Any = None
        try:
            async with get(target, **options) as response:
                answer = await self._read(look, response)
        except Exception as error:
            if response is not None and response.is_doubtful:
                raise StrayError from error
            raise
        if response.is_doubtful:
            raise StrayError
        return answer

    async def _read(self, look: Asks, response: ClientResponse) -> Answered | Unreached:
        facts, _ = facts_of(response)
        if facts.status == 206:
            return Unreached(Cause.PROTOCOL_ERROR, "206 to a request without Range")
        if facts.status != 200:
            response.close()
            return facts
        async with Spool(self._folder) as spool:
            whole = await self._fill(spool, self._stream(look, response), facts.content_length or 0)
            return facts._replace(body=await self._body(spool, whole=whole))

    def _stream(self, look: Asks, response: ClientResponse) -> Stream | Decoded:
        stream, codings = Stream(response.content, look.traffic), codings_of(response)
        return Decoded(stream, codings, self._settings.bytes) if codings else stream

    async def _fill(self, spool: Spool, stream: Stream | Decoded, promised: int) -> bool:
        """Read the answer into the file; say whether that was all of it, and not more than anyone wants."""
        try:
            while piece := await stream.read():
                await spool.write(piece)
                if max(spool.length, promised) > self._settings.bytes:
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
        if not isinstance(body, ImageInfo | Undetermined):
            return body  # it has become something else since the first look
        if not whole:
            return Excessive(body.format, Excess.BYTES)
        return await self._decoders.decode(spool.path, body)
