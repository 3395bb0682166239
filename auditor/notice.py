"""The word at the end of a run: one JSON POST to where its people look, such as a chat's incoming webhook.

Such an address is a secret: who has it can write there. It is never printed, and no redirect carries it on.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from auditor.errors import Sentence, SettingsError, reason
from auditor.urls import parse

ENVIRONMENT, FILE = "env:", "file:"
TIMEOUT = aiohttp.ClientTimeout(total=10)  # seconds: the report is written, nothing shall wait for long
PAUSES = (1.0, 4.0)  # seconds before another attempt
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})  # answers to which another attempt may help


def read_address(text: str) -> str:
    """Give the address that `env:NAME`, `file:PATH` or an address itself stands for.

    Raises `SettingsError`, which names the variable or the file, but never what is in it.
    """
    source, address = _found(text)
    link = parse(address)
    if link is None or link.scheme not in ("http", "https"):
        raise SettingsError("What {source} names is no http(s) address to send a notice to.", source=source)
    return address


def _found(text: str) -> tuple[str, str]:
    if text.startswith(ENVIRONMENT):
        name = text.removeprefix(ENVIRONMENT)
        if name not in os.environ:
            raise SettingsError(
                "--notify names the variable {name}, which isn't set. Set it, or leave --notify out.",
                name=name,
            )
        return name, os.environ[name].strip()
    if text.startswith(FILE):
        path = Path(text.removeprefix(FILE))
        try:
            return str(path), path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                "--notify names the file {path}, which can't be read: {why}.", path=path, why=reason(error)
            ) from None
    return "--notify", text


async def send(
    address: str, content: Mapping[str, Any], wait: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> Sentence | None:
    """Post a notice, again after a pause where that may help. Says why it couldn't be delivered, else nothing.

    `content` should have a `text`, which chats show.
    """
    pauses = iter(PAUSES)
    async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=True) as session:
        while True:
            fault, again = await _attempt(session, address, content)
            pause = next(pauses, None) if again else None
            if pause is None:
                return fault
            await wait(pause)


async def _attempt(
    session: aiohttp.ClientSession, address: str, content: Mapping[str, Any]
) -> tuple[Sentence | None, bool]:
    """One attempt: what went wrong, and whether it may go better later."""
    try:
        async with session.post(address, json=content, allow_redirects=False) as answer:
            if answer.ok and answer.status < 300:
                return None, False
            return Sentence("it was answered with {status}", status=answer.status), answer.status in LATER
    except TimeoutError:
        return Sentence("no answer came in time"), True
    except (aiohttp.ClientError, OSError) as error:
        # Not the error's own words, which may hold the address.
        return Sentence("no connection came about ({name})", name=type(error).__name__), True
