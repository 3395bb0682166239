"""Looking names up: time, number and kind of addresses are bounded; nothing here leaves this machine."""

import asyncio
import socket
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

pytestmark = pytest.mark.usefixtures("either_client")

JPEG = made("JPEG", size=(1200, 900))
PUBLIC = "93.184.216.34"  # only ever looked at, never connected to


class Script(AbstractResolver):
    """A resolver that gives one answer after another: addresses, an error, or None for never."""

    def __init__(self, *answers: Sequence[str] | OSError | None) -> None:
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
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, OSError):
            raise answer
        assert answer is not None
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


def test_name_servers_that_are_silent_count_as_passing_trouble() -> None:
    """No answer in time is a temporary failure of the look-up, which is tried again, not a slow image."""
    (probe,) = look_through(Script(None), dns_timeout=0.05)
    assert isinstance(probe, Unreached)
    assert probe.cause == Cause.DNS_TEMPORARY
    assert RetryRule(FrontierSettings(), lambda: 0.0, lambda low, _: low)(probe, 1) is not None


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
        resolver = SystemResolver()
        try:
            with pytest.raises(socket.gaierror):
                await resolver.resolve("no-such-host.invalid", 80)
            return await resolver.resolve("localhost", 80)
        finally:
            await resolver.close()

    assert {entry["host"] for entry in asyncio.run(main())} & {"127.0.0.1", "::1"}
