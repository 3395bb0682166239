"""The peer that `throughput.py` measures auditor against: what aiohttp itself costs, and nothing besides.

Reads URLs from a file, one a line, asks for the first bytes of each over one session with so many connections, reads
each answer to its end and looks no further. Exits with 1 unless every answer was a 206 of exactly that many bytes.

    python benchmarks/bare_aiohttp.py urls.txt CONNECTIONS BYTES [CA_FILE]
"""

import asyncio
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import uvloop


async def work(session: aiohttp.ClientSession, urls: Iterator[str], size: int) -> int:
    """Ask for one URL after the other until none is left. Gives how many answers were not as they should be."""
    headers = {"Range": f"bytes=0-{size - 1}", "Accept-Encoding": "identity"}
    wrong = 0
    for url in urls:
        async with session.get(url, headers=headers, allow_redirects=False) as response:
            body = await response.read()
            wrong += response.status != 206 or len(body) != size
    return wrong


async def ask(urls: Iterator[str], connections: int, size: int, authority: str | None) -> int:
    """Share the URLs out among as many workers as there are connections, so that none waits for a free one."""
    trusted = ssl.create_default_context(cafile=authority) if authority else True
    connector = aiohttp.TCPConnector(limit=connections, limit_per_host=connections, ssl=trusted)
    jar = aiohttp.DummyCookieJar()  # looking for cookies costs, and nobody here wants any
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as session:
        wrong = sum(await asyncio.gather(*(work(session, urls, size) for _ in range(connections))))
    if wrong:
        print(f"{wrong} answers were not a 206 of {size} bytes")
    return 1 if wrong else 0


def main(path: str, connections: str, size: str, authority: str | None = None) -> int:
    """Ask for every URL of the file."""
    with Path(path).open(encoding="utf-8") as file:
        return uvloop.run(ask(map(str.rstrip, file), int(connections), int(size), authority))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
