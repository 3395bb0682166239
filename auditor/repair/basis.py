"""What a repair stands on: the audit, its policy, the feed that it is of, and the words in which all is told."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from auditor import policies, texts
from auditor.checks import Judge
from auditor.errors import FeedError, SettingsError
from auditor.feeds import Feed, open_feeds
from auditor.feeds.cells import shown
from auditor.repair.audited import AuditFile, Opening
from auditor.repair.rules import Rules, conversion_under, rules_under
from auditor.repair.survey import Survey
from auditor.settings import ConversionSettings, FeedSettings, RepairSettings, Settings
from auditor.texts import Texts

NAMED = 3  # feeds of an audit, where it is of others


class Basis(NamedTuple):
    """What a repair stands on. `policy` is as the audit names it, `reading` how the feed is read."""

    policy: str
    rules: Rules
    words: Texts
    reading: FeedSettings
    survey: Survey
    conversion: ConversionSettings


async def found(settings: Settings, wanted: RepairSettings) -> Basis:
    """Read what the audit says of itself, and find the feed in it.

    Raises `SettingsError` for an audit that is none, or isn't of this feed, and `FeedError` for a feed that can't be
    read, or not twice.
    """
    audit = AuditFile(wanted.audit)
    opening = await audit.opening()
    policy = policies.choose(opening.policy)
    judge = Judge(policy, allow_private=settings.probe.allow_private, now=settings.clock())
    words = texts.load(wanted.language).under(policy.channel)
    reading = _reading(opening.reading, settings.feed)
    named = await _named(wanted, opening, reading)
    conversion = conversion_under(judge.policy, wanted.conversion)
    rules = rules_under(judge, conversion)
    survey = Survey(wanted.feed, reading, audit, named, rules)
    return Basis(opening.policy, rules, words, reading, survey, conversion)


def _reading(told: Mapping[str, Any], own: FeedSettings) -> FeedSettings:
    """Settings by which a feed is read as its audit has read it, but for what the user says himself.

    What had limited the audit to a part of the images doesn't count: what it hasn't looked at shall be told.
    """
    return dataclasses.replace(
        own,
        feed_format=own.feed_format or told.get("feed_format"),
        sheet=own.sheet or told.get("sheet"),
        asin_column=own.asin_column or told.get("asin_column"),
        sku_column=own.sku_column or told.get("sku_column"),
        url_columns=own.url_columns or tuple(told.get("url_columns") or ()),
    )


async def only_feed(path: str, reading: FeedSettings) -> Feed:
    """Open the one feed that a path names. Raises `FeedError` for several, and for what can't be read again."""
    feeds = await open_feeds([path], reading)
    if len(feeds) == 1 and feeds[0].modified is not None:
        return feeds[0]
    for feed in feeds:
        await feed.aclose()
    if len(feeds) > 1:
        raise FeedError("{name} holds several feeds; repair one after the other, each as a file.", name=path)
    raise FeedError("What is repaired is read several times: save it as a file, and name that.")


async def _named(wanted: RepairSettings, opening: Opening, reading: FeedSettings) -> str:
    """What the audit calls the feed: as it was, or as it has the same beginning and size."""
    feed = await only_feed(wanted.feed, reading)
    await feed.aclose()
    same = [one for one in opening.feeds if (one.get("size"), one.get("head_sha256")) == (feed.size, feed.digest)]
    if not same:
        raise _other(wanted, [Path(str(one["path"])).name for one in opening.feeds])
    paths = [str(one["path"]) for one in same]
    return max(paths, key=lambda path: (path == wanted.feed, Path(path).name == Path(wanted.feed).name))


def _other(wanted: RepairSettings, names: Sequence[str]) -> SettingsError:
    """Say that the audit is of other feeds, or of this one as it was once."""
    if Path(wanted.feed).name in names:
        return SettingsError(
            "The audit {audit} isn't one of {feed} as it is now: make it anew with auditor check {feed} --jsonl "
            "{audit}.",
            audit=wanted.audit,
            feed=wanted.feed,
        )
    some = ", ".join(shown(name) for name in names[:NAMED]) + (" …" if len(names) > NAMED else "")
    return SettingsError(
        "The audit {audit} is of {others}, not of {feed}: name the one of that feed, or make it with auditor check "
        "{feed} --jsonl all.jsonl.",
        audit=wanted.audit,
        others=some,
        feed=wanted.feed,
    )
