"""Noting an upload: a feed is read as it was sent, and what it asks for goes into the state file."""

from contextlib import aclosing, closing
from pathlib import Path

from auditor.errors import SettingsError
from auditor.feeds import open_feeds, read_opened
from auditor.settings import Settings
from auditor.state import Noted, Uploads, open_database


async def note_upload(state: Path, settings: Settings, batch: str, at: float | None) -> Noted:
    """Note in a state file that the settings' feeds were sent as one upload, at a time in seconds since the epoch.

    Without a time it is now, and an upload that is noted already keeps its own. Raises FeedError, StateError, and
    SettingsError for a time to come.
    """
    now = settings.clock()
    sent = now if at is None else at
    if sent > now:
        raise SettingsError("--at lies in the future: give the time at which the feed was sent, with its time zone.")
    feeds = await open_feeds(settings.feeds, settings.feed)  # before a state file is made for nothing
    async with aclosing(read_opened(feeds, settings.feed)) as batches:
        with closing(open_database(state)) as database:
            uploads = Uploads(state, database)
            async for rows, _ in batches:
                uploads.add(rows)
            return uploads.note(batch.strip(), " ".join(settings.feeds), sent, corrects=at is not None)
