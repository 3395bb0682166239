"""Loopback servers for the tests: each answers as its script says and remembers what it was asked."""

import asyncio
import re
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Script = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request on a connection, and the means to answer it."""

    method: str
    path: str
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int  # of the request on its connection, from 1
    times: int  # this path was asked of this server, from 1

    async def send(self, data: bytes | str) -> None:
        """Send bytes as they are."""
        self.writer.write(data.encode("latin-1") if isinstance(data, str) else data)
        await self.writer.drain()

    async def answer(self, status: str, body: bytes = b"", **headers: str) -> None:
        """Send an ordinary answer; header names have _ for -."""
        named = {"Content-Length": str(len(body))} | {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        await self.send(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("latin-1") + body)

    async def answer_range(self, data: bytes, **headers: str) -> None:
        """Answer a ranged request for a resource."""
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("range", ""))
        if match is None:
            await self.answer("200 OK", data, **headers)
            return
        first, last = int(match[1]), min(int(match[2]), len(data) - 1)
        if first >= len(data):
            await self.answer("416 Range Not Satisfiable", b"", Content_Range=f"bytes */{len(data)}")
            return
        span = f"bytes {first}-{last}/{len(data)}"
        await self.answer("206 Partial Content", data[first : last + 1], Content_Range=span, **headers)

    def reset(self) -> None:
        """Break the connection off without a goodbye: without lingering the system sends RST in place of FIN."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()

    def close(self) -> None:
        """End the connection in good order."""
        self.writer.close()

    async def hang(self) -> None:
        """Say nothing more until the client leaves."""
        while await self.reader.read(65536):
            pass


@dataclass(eq=False)
class Host:
    """A running server."""

    port: int
    requests: list[Exchange] = field(default_factory=list)
    connections: int = 0
    asked: Counter[str] = field(default_factory=Counter)

    def url(self, path: str = "/a.jpg", host: str = "127.0.0.1", scheme: str = "http") -> str:
        """An address on this server."""
        return f"{scheme}://{host}:{self.port}{path}"


@asynccontextmanager
async def serve(script: Script, host: str = "127.0.0.1") -> AsyncIterator[Host]:
    """Run a script for each request, on a free port; everything is closed at the end."""
    running: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        seen.connections += 1
        try:
            await _converse(script, seen, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            running.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(connected, host, 0)
    seen = Host(server.sockets[0].getsockname()[1])
    try:
        yield seen
    finally:
        server.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await server.wait_closed()


async def _converse(script: Script, seen: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    number = 0
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        number += 1
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        seen.asked[path] += 1
        exchange = Exchange(method, path, headers, reader, writer, number, seen.asked[path])
        seen.requests.append(exchange)
        await script(exchange)
        if writer.transport.is_closing():
            return
