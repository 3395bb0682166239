"""A small HTTP proxy on loopback: forwards plain requests and opens tunnels, all to one port of this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

REFUSAL = "HTTP/1.1 {}\r\nContent-Length: 0\r\nProxy-Authenticate: Basic realm=relay\r\n\r\n"


@dataclass
class Relay:
    """A running proxy: what it does, and what it was asked."""

    port: int = 0
    to: int = 0  # where every request goes, whatever host it names
    authorization: str = ""  # wanted from everyone, as Proxy-Authorization has it
    refusal: str = ""  # the status for everyone, such as "502 Bad Gateway"
    silent: bool = False  # to whatever goes to a host
    deaf: bool = False  # never says anything
    hollow: bool = False  # tunnels stand, and are closed at once
    trusting: int = 0  # requests for which it wants no credentials yet
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request and bring it to its host."""
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if target == "*" and not self.deaf:
            writer.write(REFUSAL.format("400 Bad Request").encode())
            await writer.drain()
            return
        self.asked.append((method, target, headers))
        if self.silent or self.deaf:
            await reader.read()
        wanted = self.authorization and len(self.asked) > self.trusting
        denied = wanted and headers.get("proxy-authorization") != self.authorization
        if denied or self.refusal:
            writer.write(REFUSAL.format("407 Proxy Authentication Required" if denied else self.refusal).encode())
            await writer.drain()
            return
        host_reader, host_writer = await asyncio.open_connection("127.0.0.1", self.to)
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                if self.hollow:
                    return
            else:
                path = "/" + target.split("/", 3)[3]
                kept = [line for line in lines if not line.lower().startswith("proxy-")]
                host_writer.write("\r\n".join([f"{method} {path} HTTP/1.1", *kept, "", ""]).encode("latin-1"))
            async with asyncio.TaskGroup() as both:
                both.create_task(_pour(reader, host_writer))
                both.create_task(_pour(host_reader, writer))
        finally:
            host_writer.transport.abort()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def relay(to: int, authorization: str = "", refusal: str = "", **manners: Any) -> AsyncIterator[Relay]:
    """Run a proxy on a free port; everything is closed at the end."""
    running: set[asyncio.Task[None]] = set()
    this = Relay(0, to, authorization, refusal, **manners)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await this.converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            running.discard(task)
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    this.port = server.sockets[0].getsockname()[1]
    try:
        yield this
    finally:
        server.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await server.wait_closed()
