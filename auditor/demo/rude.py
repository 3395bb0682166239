"""The ways in which the host meets a request that no HTTP library would take part in."""

import asyncio
import socket
import struct
from collections.abc import Callable

from aiohttp import web

from auditor.demo.answers import Answer, Visit

_TRICKLE = 0.25  # seconds between two bytes


def wire(sent: bytes, *, reset: bool = False) -> Answer:
    """Exactly these bytes, HTTP or not, then the connection's end: closed in good order, or reset."""

    async def answer(visit: Visit) -> web.StreamResponse:
        transport = _transport(visit)
        transport.write(sent)
        if reset:
            # Without lingering the system sends RST in place of FIN.
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()
        else:
            transport.close()
        return _NOBODY_READS

    return answer


def without_type(make: Callable[[str], bytes]) -> Answer:
    """A picture without Content-Type, which aiohttp itself would add, from a host that closes after each answer."""

    async def answer(visit: Visit) -> web.StreamResponse:
        content = make(visit.request.path)
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        return await wire(head.encode() + content)(visit)

    return answer


def silence(sent: bytes = b"") -> Answer:
    """These bytes, then nothing more until the visitor leaves or the host closes."""

    async def answer(visit: Visit) -> web.StreamResponse:
        transport = _transport(visit)
        transport.write(sent)
        await visit.closing.wait()
        transport.abort()
        return _NOBODY_READS

    return answer


def trickle(head: bytes, make: Callable[[str], bytes]) -> Answer:
    """A picture, one byte at a time: each comes before a stall would be noticed, all of them never."""

    async def answer(visit: Visit) -> web.StreamResponse:
        transport = _transport(visit)
        transport.write(head)
        for byte in make(visit.request.path):
            if transport.is_closing() or visit.closing.is_set():
                break
            transport.write(bytes((byte,)))
            await asyncio.sleep(_TRICKLE)
        transport.abort()
        return _NOBODY_READS

    return answer


class _Unsent(web.Response):
    """The answer where the connection is already gone, which aiohttp still wants to see."""

    async def prepare(self, request: web.BaseRequest) -> None:
        raise ConnectionResetError(request.path)


_NOBODY_READS = _Unsent()


def _transport(visit: Visit) -> asyncio.Transport:
    transport = visit.request.transport
    if transport is None:
        raise ConnectionResetError(visit.request.path)
    return transport
