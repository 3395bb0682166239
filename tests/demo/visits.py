"""Visits to the demo host, over real loopback sockets."""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import aiohttp

from auditor.demo import PLANTS, Host, Plant, serve

PATIENT = aiohttp.ClientTimeout(total=30)
SHORT = aiohttp.ClientTimeout(sock_read=0.3, total=0.6)
NAMED = {plant.name: plant for plant in PLANTS}


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def url_of(plant: Plant, host: Host, number: int = 1) -> str:
    """The plant's URL, from whichever cell it stands in."""
    cell = next(cell for cell in plant.cells.values() if cell)
    return cell.format(base=host.base, port=host.port, number=number)


async def get(session: aiohttp.ClientSession, url: str, **headers: str) -> Reply:
    """One GET, redirects not followed, the body read to its end. Underscores in header names stand for hyphens."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    async with session.get(url, headers=fields, allow_redirects=False) as response:
        return Reply(response.status, response.headers, await response.read())


def ask(name: str, times: int = 1, **headers: str) -> list[Reply]:
    """Ask for a scene several times, on a host of its own."""
    limits = SHORT if NAMED[name].code == "timeout" else PATIENT

    async def asking() -> list[Reply]:
        async with serve() as host, aiohttp.ClientSession(timeout=limits) as session:
            return [await get(session, url_of(NAMED[name], host), **headers) for _ in range(times)]

    return asyncio.run(asking())
