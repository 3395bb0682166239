"""Looking names up: time, number and kind of addresses are bounded; nothing here leaves this machine."""

import asyncio
import socket
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hosts import Exchange, serve
from images import made

from auditor.frontier import RetryRule
from auditor.model import Answered, Cause, Probe, Unreached
from auditor.probe import open_probe
from auditor.probe.resolver import ADDRESSES, GuardedResolver, PrivateAddressError, SystemResolver
from auditor.settings import FrontierSettings, ProbeSettings

JPEG = made("JPEG", size=(1200, 900))
PUBLIC = "93.184.216.34"  # only ever looked at, never connected to


class Script(AbstractResolver):
    """A resolver that gives one answer after another: addresses or an error."""

    def __init__(self, *answers: Sequence[str] | OSError) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002  # the base class's signature
    ) -> list[ResolveResult]:
        """Give the next answer; the last one stays."""
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        if isinstance(answer, OSError):
            raise answer
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in answer
        ]

    async def close(self) -> None:
        """Nothing to close."""


async def addresses(resolver: GuardedResolver) -> list[str]:
    """Where a name leads."""
    return [entry["host"] for entry in await resolver.resolve("shop.example", 80)]


def test_name_that_turns_private_is_refused_then() -> None:
    """A name that first leads outside and then inside (DNS rebinding) is refused the second time."""

    async def main() -> None:
        resolver = GuardedResolver(Script([PUBLIC], ["127.0.0.1"]), ProbeSettings())
        assert await addresses(resolver) == [PUBLIC]
        with pytest.raises(PrivateAddressError, match=r"127\.0\.0\.1"):
            await addresses(resolver)

    asyncio.run(main())


def test_private_addresses_are_taken_out_of_a_mixed_answer() -> None:
    """Of an answer with both, only the public ones are tried."""

    async def main() -> list[str]:
        return await addresses(GuardedResolver(Script(["10.0.0.1", PUBLIC, "::1"]), ProbeSettings()))

    assert asyncio.run(main()) == [PUBLIC]


def test_hundreds_of_addresses_are_cut() -> None:
    """A name with an endless list of addresses costs no endless list of attempts."""

    async def main() -> list[str]:
        many = [f"93.184.{number // 256}.{number % 256}" for number in range(700)]
        return await addresses(GuardedResolver(Script(many), ProbeSettings()))

    assert len(asyncio.run(main())) == ADDRESSES


def look_through(resolver: AbstractResolver, times: int = 1, **limits: Any) -> list[Probe]:
    """Look at a name several times; a server listens on 127.0.0.1."""

    async def script(exchange: Exchange) -> None:
        await exchange.answer_range(JPEG)

    async def main() -> list[Probe]:
        settings = ProbeSettings(allow_private=True, dns_ttl=0, **limits)
        async with serve(script) as host, open_probe(settings, FrontierSettings(), resolver) as look:
            url = host.url(host="shop.example")
            return [await look(url) for _ in range(times)]

    return asyncio.run(main())


class Threads:
    """The work of a system's resolver, name by name: a look-up of `slow…` lasts until `end`, all others no time."""

    def __init__(self) -> None:
        self.end = threading.Event()
        self.begun: list[str] = []

    def __call__(self, host: str, port: int, _: socket.AddressFamily) -> Sequence[Any]:
        """Look one up, as `socket.getaddrinfo` does."""
        self.begun.append(host)
        if host.startswith("slow"):
            self.end.wait(30)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


def test_name_servers_that_are_silent_count_as_passing_trouble() -> None:
    """No answer in time is a temporary failure of the look-up, which is tried again, not a slow image."""
    threads = Threads()

    async def main() -> Probe:
        settings = ProbeSettings(dns_timeout=0.05)
        async with open_probe(settings, FrontierSettings(), SystemResolver(settings, threads)) as look:
            return await look("http://slow.example/a.jpg")

    try:
        probe = asyncio.run(main())
    finally:
        threads.end.set()
    assert isinstance(probe, Unreached)
    assert probe.cause == Cause.DNS_TEMPORARY
    assert RetryRule(FrontierSettings(), lambda: 0.0, lambda low, _: low)(probe, 1) is not None


def test_wait_for_a_thread_is_no_part_of_the_look_up() -> None:
    """While dead names keep every thread, a good one waits its turn, however short the time for a look-up is."""
    threads = Threads()

    async def main() -> None:
        resolver = SystemResolver(ProbeSettings(dns_timeout=0.3), threads, 2)
        dead = [asyncio.create_task(resolver.resolve(f"slow{number}.example")) for number in range(2)]
        assert {type(error) for error in await asyncio.gather(*dead, return_exceptions=True)} == {socket.gaierror}
        good = asyncio.create_task(resolver.resolve("good.example"))  # both threads still hang
        await asyncio.sleep(0.4)
        assert not good.done()
        threads.end.set()
        assert [entry["host"] for entry in await good] == ["127.0.0.1"]
        await resolver.close()

    try:
        asyncio.run(main())
    finally:
        threads.end.set()


def test_too_long_a_wait_for_a_thread_is_our_shortage() -> None:
    """It says nothing about the name, which is asked again once there is a thread."""
    threads = Threads()

    async def main() -> tuple[Probe, Probe]:
        settings = ProbeSettings(dns_timeout=0.01, timeout=1.0)
        async with open_probe(settings, FrontierSettings(), SystemResolver(settings, threads, 1)) as look:
            return await look("http://slow.example/a.jpg"), await look("http://shop.example/a.jpg")

    try:
        first, second = asyncio.run(main())
    finally:
        threads.end.set()
    assert isinstance(first, Unreached)
    assert isinstance(second, Unreached)
    assert (first.cause, second.cause) == (Cause.DNS_TEMPORARY, Cause.SHORTAGE)
    assert threads.begun == ["slow.example"]


def test_name_without_an_address_is_a_failed_look_up() -> None:
    """A name that exists and leads nowhere is said to be the name's fault."""
    (probe,) = look_through(Script([]))
    assert isinstance(probe, Unreached)
    assert probe.cause == Cause.DNS_FAILURE


def test_failed_look_up_is_not_remembered() -> None:
    """A name that can't be looked up for a moment is found by the next attempt."""
    failure = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    first, second = look_through(Script(failure, ["127.0.0.1"]), times=2)
    assert isinstance(first, Unreached)
    assert first.cause == Cause.DNS_TEMPORARY
    assert isinstance(second, Answered)


def test_one_of_many_addresses_that_answers_is_enough() -> None:
    """Where 63 addresses refuse, the one that answers is found."""
    dead = [f"127.0.1.{number}" for number in range(1, 64)]
    (probe,) = look_through(Script([*dead, "127.0.0.1"]))
    assert isinstance(probe, Answered)


def test_system_resolver_knows_this_machine() -> None:
    """The real resolver works, and says when a name doesn't exist."""

    async def main() -> list[ResolveResult]:
        resolver = SystemResolver(ProbeSettings())
        try:
            with pytest.raises(socket.gaierror):
                await resolver.resolve("no-such-host.invalid", 80)
            return await resolver.resolve("localhost", 80)
        finally:
            await resolver.close()

    assert {entry["host"] for entry in asyncio.run(main())} & {"127.0.0.1", "::1"}
