"""What only the lean client has to see to itself: its pool, its look-ups, its clock, and bodies that nobody reads."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from addresses import Addresses
from aiohttp.abc import AbstractResolver, ResolveResult
from hosts import Exchange, Script, serve
from scenes import JPEG, head, ranged

from auditor.model import Answered, Cause, Unreached
from auditor.probe import Look, address_book, connection, open_probe
from auditor.probe.address_book import AddressBook
from auditor.settings import FrontierSettings, ProbeSettings
from auditor.urls import target

GENEROUS: dict[str, Any] = {"timeout": 30.0, "stall_timeout": 30.0, "allow_private": True, "client": "lean"}


@asynccontextmanager
async def probing(resolver: AbstractResolver | None = None, per_host: int = 32, **limits: Any) -> AsyncIterator[Look]:
    """A probe with generous limits, unless told otherwise."""
    frontier = FrontierSettings(concurrency=64, per_host=per_host)
    async with open_probe(ProbeSettings(**(GENEROUS | limits)), frontier, resolver) as look:
        yield look


def until_left(left: asyncio.Event, first: Script) -> Script:
    """Answer, then wait until the client leaves."""

    async def script(exchange: Exchange) -> None:
        await first(exchange)
        await exchange.hang()
        left.set()

    return script


def test_connection_at_rest_is_given_up_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody holds a descriptor for a host that isn't asked any more."""
    monkeypatch.setattr(connection, "KEEPALIVE", 0.02)

    async def main() -> None:
        left = asyncio.Event()
        async with serve(until_left(left, ranged())) as host, probing(stall_timeout=0.02) as look:
            assert isinstance(await look(host.url()), Answered)
            await left.wait()

    asyncio.run(main())


def test_look_that_is_let_go_closes_its_connection() -> None:
    """An interrupted run leaves no connection on which an answer is still to come."""

    async def nothing(_: Exchange) -> None:
        asked.set()

    async def main() -> None:
        left = asyncio.Event()
        async with serve(until_left(left, nothing)) as host, probing() as look:
            task = asyncio.create_task(look(host.url()))
            await asked.wait()
            task.cancel()
            await left.wait()

    asked = asyncio.Event()
    asyncio.run(main())


@pytest.mark.parametrize(("per_host", "kept"), [(2, 2), (32, 5)])
def test_of_one_host_no_more_connections_are_kept_than_its_share(per_host: int, kept: int) -> None:
    """However many were open at once, its budget bounds what stays."""

    async def main() -> int:
        async with serve(ranged()) as host, probing(per_host=per_host) as look:
            urls = [host.url(f"/{number}.jpg") for number in range(5)]
            await asyncio.gather(*map(look, urls))
            opened = host.connections
            assert opened == 5
            await asyncio.gather(*map(look, urls))
            return 5 - (host.connections - opened)

    assert asyncio.run(main()) == kept


def test_body_that_nobody_reads_stays_with_the_host() -> None:
    """Memory doesn't grow with what a host sends: the system's buffers fill up, then it has to wait."""
    sent = 0

    async def flood(exchange: Exchange) -> None:
        nonlocal sent
        await exchange.send(head("Connection: close"))
        while True:
            await exchange.send(bytes(65_536))
            sent += 65_536

    async def main() -> None:
        async with serve(flood) as host, probing() as look:
            reply = await look.client.ask(target(host.url()), None, asyncio.get_running_loop().time() + 30)
            before = -1
            while sent != before:
                before = sent
                await asyncio.sleep(0.05)
            assert len(reply.at_once()) <= 1024 * 1024
            assert not reply.ended
            reply.leave()

    asyncio.run(main())
    assert sent < 64 * 1024 * 1024


def test_server_that_speaks_first_is_told_as_what_it_is() -> None:
    """What a mail or ssh server says before it is asked is no HTTP, and no lost connection."""

    async def main() -> None:
        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail.example ESMTP\r\n")
            await reader.read(1)
            writer.close()

        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        async with server, probing() as look:
            probe = await look(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a.jpg")
        assert isinstance(probe, Unreached)
        assert probe.cause is Cause.PROTOCOL_ERROR

    asyncio.run(main())


def test_trailers_say_nothing_of_the_answer() -> None:
    """What stands behind the last chunk came too late to be a header."""
    chunked = b"%x\r\n%s\r\n0\r\nContent-Encoding: gzip\r\nETag: late\r\n\r\n" % (len(JPEG), JPEG)

    async def script(exchange: Exchange) -> None:
        await exchange.send(head("Transfer-Encoding: chunked", "Content-Encoding: identity") + chunked)

    async def main() -> None:
        async with serve(script) as host, probing() as look:
            probe = await look(host.url())
            assert isinstance(probe, Answered), probe
            assert probe.etag is None
            assert probe.body is not None

    asyncio.run(main())


# ── names ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Slow(AbstractResolver):
    """A resolver that answers when it is told to."""

    def __init__(self, answer: str | OSError) -> None:
        self.asked: list[str] = []
        self.go = asyncio.Event()
        self._answer = answer

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Wait, then answer."""
        self.asked.append(host)
        await self.go.wait()
        if isinstance(self._answer, OSError):
            raise self._answer
        return await Addresses(self._answer).resolve(host, port, family)

    async def close(self) -> None:
        """Nothing to close."""


def test_name_is_looked_up_once_for_all_who_wait() -> None:
    """Even if the one who asked first leaves before the answer is there."""

    async def main() -> None:
        resolver = Slow("127.0.0.1")
        book = AddressBook(resolver, 60.0)
        first, *others = [asyncio.create_task(book.find("shop.example", port)) for port in range(80, 90)]
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        resolver.go.set()
        assert [infos[0][4] for infos in await asyncio.gather(*others)] == [("127.0.0.1", n) for n in range(81, 90)]
        await book.find("shop.example", 80)
        assert resolver.asked == ["shop.example"]
        await book.close()

    asyncio.run(main())


@pytest.mark.parametrize("answer", ["127.0.0.1", socket.gaierror(socket.EAI_AGAIN, "later")])
def test_what_is_not_to_be_remembered_is_looked_up_again(answer: str | OSError) -> None:
    """A failure, and an answer whose time is up."""

    async def main() -> int:
        resolver = Slow(answer)
        resolver.go.set()
        book = AddressBook(resolver, 0.0)
        await asyncio.gather(book.find("shop.example", 80), return_exceptions=True)
        await asyncio.sleep(0)
        await asyncio.gather(book.find("shop.example", 80), return_exceptions=True)
        await book.close()
        return len(resolver.asked)

    assert asyncio.run(main()) == 2


def test_remembered_names_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed with a new host in every row doesn't fill the memory with their addresses."""
    monkeypatch.setattr(address_book, "HOSTS", 3)

    async def main() -> list[str]:
        resolver = Slow("127.0.0.1")
        resolver.go.set()
        book = AddressBook(resolver, 60.0)
        for name in ("a", "b", "c", "d", "d", "c", "b", "a"):
            await book.find(name, 80)
            await asyncio.sleep(0)
        await book.close()
        return resolver.asked

    assert asyncio.run(main()) == ["a", "b", "c", "d", "a"]


def test_run_that_ends_leaves_no_look_up_behind() -> None:
    """Whoever still waits for a name is let go."""

    async def main() -> None:
        book = AddressBook(Slow("127.0.0.1"), 60.0)
        waiting = asyncio.create_task(book.find("shop.example", 80))
        await asyncio.sleep(0)
        await book.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
