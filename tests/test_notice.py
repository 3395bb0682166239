"""The word at the end of a run: delivered, tried again, and never telling where it goes."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hosts import Exchange, serve

from auditor.errors import SettingsError
from auditor.notice import PAUSES, read_address, send

PRIVATE = "T0P-PRIVATE"


def sent(*statuses: str, port: int | None = None) -> tuple[str, list[dict[str, Any]], list[float]]:
    """Send to a host that answers with these statuses, one after the other: the fault, what came, the pauses."""
    came: list[dict[str, Any]] = []
    paused: list[float] = []
    answers = iter(statuses)

    async def hook(exchange: Exchange) -> None:
        body = await exchange.reader.readexactly(int(exchange.headers["content-length"]))
        came.append(json.loads(body))
        await exchange.answer(next(answers), b"ok", Location="http://127.0.0.1:9/elsewhere")

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    async def main() -> str:
        async with serve(hook) as host:
            address = f"http://127.0.0.1:{port or host.port}/services/{PRIVATE}"
            fault = await send(address, {"text": "2 of 5 fail"}, pause)
        return str(fault or "")

    return asyncio.run(main()), came, paused


def test_notice_is_delivered_once() -> None:
    """One POST of JSON with a text that chats show."""
    assert sent("200 OK") == ("", [{"text": "2 of 5 fail"}], [])


def test_momentary_trouble_is_waited_out() -> None:
    """A busy receiver is asked again, a few times."""
    fault, came, paused = sent("503 Service Unavailable", "200 OK")
    assert (fault, len(came), paused) == ("", 2, [PAUSES[0]])
    fault, came, paused = sent(*["500 Internal Server Error"] * 3)
    assert (fault, len(came), paused) == ("it was answered with 500", 3, list(PAUSES))


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "302 Found"])
def test_refusal_is_final(status: str) -> None:
    """What won't change isn't tried again, and a redirect doesn't carry the notice elsewhere."""
    fault, came, _ = sent(status)
    assert (fault, len(came)) == (f"it was answered with {status[:3]}", 1)


def test_nobody_there_is_told_without_the_address() -> None:
    """The address of a webhook is a secret: no word of the fault holds it."""
    fault, _, paused = sent(port=9)
    assert fault.startswith("no connection came about")
    assert PRIVATE not in fault
    assert paused == list(PAUSES)


def test_address_comes_from_where_secrets_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the environment, from a file, or from the flag itself."""
    monkeypatch.setenv("HOOK", f" https://chat.example/{PRIVATE}\n")
    (tmp_path / "hook").write_text(f"https://chat.example/{PRIVATE}\n")
    wanted = f"https://chat.example/{PRIVATE}"
    assert read_address("env:HOOK") == read_address(f"file:{tmp_path / 'hook'}") == read_address(wanted) == wanted


@pytest.mark.parametrize("text", ["env:NOT_THERE", "env:EMPTY", "file:/not/there", f"ftp://h/{PRIVATE}", PRIVATE])
def test_address_that_is_none_is_told_without_it(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence that names the variable or the file."""
    monkeypatch.setenv("EMPTY", "")
    with pytest.raises(SettingsError) as fault:
        read_address(text)
    assert PRIVATE not in str(fault.value)
