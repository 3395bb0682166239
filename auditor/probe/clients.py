"""The clients of a run: chosen, opened and closed."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from auditor.probe.ares import AresResolver
from auditor.probe.lean_client import LeanClient
from auditor.probe.look import Look
from auditor.probe.resolver import GuardedResolver, Resolver, SystemResolver
from auditor.probe.tls import trust
from auditor.settings import FrontierSettings, ProbeSettings


@asynccontextmanager
async def open_probe(
    settings: ProbeSettings, frontier: FrontierSettings, resolver: Resolver | None = None
) -> AsyncIterator[Look]:
    """Open what a run asks with: connections, a DNS cache. Tests may bring a resolver; it is guarded all the same.

    Raises `SettingsError` for a CA file without certificates and a resolver that isn't installed, `ProxyError` for a
    proxy that can't be reached, and `AuditorError` for an aiohttp that can't do the work where it is to.
    """
    trusted = trust(settings)
    inner = resolver or (AresResolver if settings.resolver == "aiodns" else SystemResolver)(settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(inner.close)
        lean = None
        if settings.client == "lean":
            lean = LeanClient(settings, frontier, GuardedResolver(inner, settings), trusted)
            stack.push_async_callback(lean.close)
        if lean is not None and settings.proxy.http is None and settings.proxy.https is None:
            yield Look(lean, settings)
            return
        # Only here: to load aiohttp takes longer than a small feed.
        from auditor.probe.full_look import open_full_look  # noqa: PLC0415

        yield await stack.enter_async_context(open_full_look(settings, frontier, trusted, inner, lean))
