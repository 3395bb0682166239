"""Noting an upload: a feed is read as it was sent, and what it asks for goes into the state file."""

import sqlite3
from contextlib import aclosing
from pathlib import Path

from auditor.errors import SettingsError
from auditor.feeds import read_feeds
from auditor.settings import Settings
from auditor.state import Noted, Uploads


async def note_upload(state: tuple[Path, sqlite3.Connection], settings: Settings, batch: str, sent: float) -> Noted:
    """Note that the settings' feeds were sent as one upload, at a time in seconds since the epoch.

    Raises FeedError, StateError, and SettingsError for a time to come.
    """
    if sent > settings.clock():
        raise SettingsError("--at lies in the future: give the time at which the feed was sent, with its time zone.")
    uploads = Uploads(*state)
    async with aclosing(read_feeds(settings.feeds, settings.feed)) as batches:
        async for rows, _ in batches:
            uploads.add(rows)
    return uploads.note(batch.strip(), " ".join(settings.feeds), sent)
