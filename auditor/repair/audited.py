"""An audit as `auditor check --jsonl` has written it, read as a stream."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any, NamedTuple

from auditor.errors import SettingsError, reason
from auditor.model import Finding, Severity
from auditor.repair.remedy import Judged
from auditor.reports.jsonl import SCHEMA

BLOCK = 256 * 1024  # bytes per read: each read is a hop to a thread
LINE = 16 * 1024 * 1024  # bytes of the first line: a file that is no audit may have no second one


class Opening(NamedTuple):
    """What an audit says of itself: the policy's name, the feeds by path, and how they were read."""

    policy: str
    feeds: tuple[Mapping[str, Any], ...]
    reading: Mapping[str, Any]


class Line(NamedTuple):
    """One image of an audit, or one unreadable row. `url` is without its secrets; `facts` is what the server did."""

    feed: str
    row: int
    marketplace: str
    slot: str
    url: str
    findings: tuple[Judged, ...]
    facts: Any


class AuditFile:
    """The audit of a run. Every method raises `SettingsError` for a file that is none, or none any more."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def opening(self) -> Opening:
        """Read what it says of itself."""
        file = await self._open()
        try:
            first = await asyncio.to_thread(file.readline, LINE)
        except OSError as error:
            raise self._unreadable(error) from error
        finally:
            file.close()
        opening = _opening(first)
        if opening is None:
            raise SettingsError(
                "{path} is no audit of this version: make one with auditor check FEED --jsonl all.jsonl.",
                path=self.path,
            )
        return opening

    async def lines(self) -> AsyncGenerator[list[Line], None]:
        """Yield its images in blocks, in the order of the feeds."""
        file = await self._open()
        number = 1
        try:
            await asyncio.to_thread(file.readline, LINE)
            while block := await asyncio.to_thread(file.readlines, BLOCK):
                found = []
                for line in block:
                    number += 1
                    found.append(self._line(line, number))
                yield found
        except OSError as error:
            raise self._unreadable(error) from error
        finally:
            file.close()

    def _line(self, line: bytes, number: int) -> Line:
        try:
            told = json.loads(line)
            findings = tuple(
                Judged(Finding(str(one["code"]), dict(one["values"])), Severity(one["severity"]))
                for one in told["findings"]
            )
            return Line(
                told["feed"],
                told["row"],
                told.get("marketplace", ""),
                told.get("slot", ""),
                told.get("url", ""),
                findings,
                told["probe"],
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise SettingsError(
                "Line {number} of the audit {path} is damaged: make it anew with auditor check FEED --jsonl {path}.",
                number=number,
                path=self.path,
            ) from None

    async def _open(self) -> BufferedReader:
        try:
            return BufferedReader(await asyncio.to_thread(FileIO, self.path, "rb"), BLOCK)
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> SettingsError:
        return SettingsError("The audit {path} can't be read: {why}.", path=self.path, why=reason(error))


def _opening(line: bytes) -> Opening | None:
    """Read the first line of an audit; None if it isn't one that is written today."""
    try:
        told = json.loads(line)
        if told["schema"] != SCHEMA:
            return None
        settings = told["settings"]
        return Opening(str(settings["policy"]), tuple(dict(feed) for feed in told["feeds"]), dict(settings["feed"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
