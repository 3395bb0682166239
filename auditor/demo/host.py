"""The loopback image host: one port, one scene for each first segment of a path."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiohttp import web

from auditor.demo.answers import Visit, plain
from auditor.demo.scenes import CLOSER, PLANTS
from auditor.errors import SettingsError, reason

ADDRESS = "127.0.0.1"

_BACKLOG = 1024  # connections: an audit opens many at once
_PARTING = 0.5  # seconds a visitor has to leave when the host closes
_ANSWERS = {plant.name: plant.answer for plant in (*PLANTS, *CLOSER) if plant.answer}
_NO_SUCH_SCENE = plain(404, b"<title>No such scene</title>")


class Host(NamedTuple):
    """A running host. `base` is what its URLs begin with, without a slash at the end."""

    base: str
    port: int


@asynccontextmanager
async def serve(port: int = 0, latency: float = 0.0) -> AsyncIterator[Host]:
    """Run the host until the block ends; port 0 takes a free one. Each answer waits `latency` seconds.

    Raises SettingsError if the port can't be had. Afterwards no task, socket or connection remains.
    """
    closing = asyncio.Event()
    turned_away: set[str] = set()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if latency:
            await asyncio.sleep(latency)
        scene = _ANSWERS.get(request.path.split("/", 2)[1], _NO_SUCH_SCENE)
        return await scene(Visit(request, turned_away, closing))

    server = web.Server(answer, handler_cancellation=True, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=_PARTING)
    await runner.setup()
    try:
        bound = await _listen(runner, port)
        yield Host(f"http://{ADDRESS}:{bound}", bound)
    finally:
        # The scenes that never answer wait for this.
        closing.set()
        await runner.cleanup()


async def _listen(runner: web.ServerRunner, port: int) -> int:
    try:
        await web.TCPSite(runner, ADDRESS, port, backlog=_BACKLOG).start()
    except (OSError, OverflowError) as error:
        raise SettingsError(
            "Port {port} of {address} can't be used: {why}. Choose another one with --port.",
            port=port,
            address=ADDRESS,
            why=reason(error),
        ) from error
    bound: int = runner.addresses[0][1]
    return bound
