"""What a run goes by, found out before a feed is opened, and what is said before anything is asked."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from auditor import policies, texts
from auditor.checks import Judge
from auditor.contents import read_contents
from auditor.engines.asker import Tidings
from auditor.engines.order import Order
from auditor.feeds import Feeds, facts
from auditor.nightly import see_that_it_can
from auditor.policies import Policy
from auditor.probe import make_room
from auditor.reports import check_paths, fixed_path
from auditor.reports.events import Note
from auditor.settings import POLICY, VERSION, Settings
from auditor.state import Nights
from auditor.texts import Texts


class Outset(NamedTuple):
    """Settings that fit this machine, the policy with what it comes to today, known placeholders, and the language.

    `tell` takes what the user should know, a sentence each.
    """

    settings: Settings
    policy: Policy
    judge: Judge
    placeholders: frozenset[str]
    words: Texts
    tell: Callable[[str], object]

    @classmethod
    def of(cls, settings: Settings, tell: Callable[[str], object]) -> "Outset":
        """Find out what a run goes by. Raises `SettingsError`, and what reading a policy or placeholders raises."""
        see_the_paths(settings)
        see_that_it_can(settings)
        policy = policies.choose(settings.policy)
        judge = Judge(policy, now=settings.clock())
        placeholders = read_contents(settings.further.placeholders)
        words = texts.load(settings.report.language).under(policy.channel)
        return cls(_fitted(settings, words, tell), policy, judge, placeholders, words, tell)

    def say_opening(self, feeds: Feeds, workers: int, *, several: bool) -> None:
        """Say how the feeds were recognised and by how many workers they are asked for; `several` are possible.

        Raises `SettingsError` where a report would be written over a feed, which a pattern or a folder may hide.
        """
        wanted = self.settings.workers
        check_paths(self.settings.report, [feed.path for feed in feeds], _beside(self.settings))
        for line in self._opening(feeds):
            self.tell(line)
        if wanted not in (None, workers):
            self.tell(self.words.phrase("workers-fewer" if several else "workers-none", count=workers, wanted=wanted))

    def note_opening(self, note: Note, feeds: Feeds, workers: int) -> None:
        """Note the same as events."""
        note("started", version=VERSION, policy=self.policy.name, workers=workers)
        for feed in feeds:
            note("feed-opened", path=feed.path, bytes=feed.size, recognised=feed.recognised)

    def order(self, now: float, nights: Nights | None) -> Order:
        """What the engine is to do, by the run's 'now'; what the night before judged by is of use, too."""
        before = nights.before if nights else None
        judged = policies.read_written(before.policy) if before else None
        return Order(self.settings, self.policy, self.placeholders, now, before=judged)

    def tidings(self, note: Note) -> Tidings:
        """What is done when no host answers any more, or a single one."""

        def outage() -> None:
            note("outage")
            self.tell(self.words.phrase("outage", seconds=self.settings.frontier.outage_wait))

        return Tidings(outage, lambda host: note("host-suspended", host=host))

    def _opening(self, feeds: Feeds) -> Iterator[str]:
        words = self.words
        if self.settings.probe.insecure:
            yield words.phrase("insecure-begin")
        if not self.settings.report.quiet:
            for feed in feeds:
                yield words.phrase("recognised", feed=feed.path, what=", ".join(map(words.said, feed.facts)))
            for better in dict.fromkeys(feed.policy for feed in feeds if feed.policy):
                if self.policy.name == POLICY:
                    yield words.phrase("other-policy", policy=self.policy.name, better=better)
            yield from facts.told(feeds, words)


def see_the_paths(settings: Settings) -> None:
    """See that nothing is written over what is read, nor twice under one name. Raises `SettingsError`."""
    check_paths(settings.report, (*settings.feeds, *settings.feed.asin_maps), _beside(settings))


def _beside(settings: Settings) -> list[Path | None]:
    """What else than reports is written."""
    always = [settings.unattended.log_json, settings.unattended.metrics]
    return always if settings.state is None else [*always, settings.state, fixed_path(settings.report.out)]


def _fitted(settings: Settings, words: Texts, tell: Callable[[str], object]) -> Settings:
    """Settings with as many connections as this machine lets a program have."""
    wanted = settings.frontier.concurrency
    looks = 1 + settings.further.second_look + settings.further.deep  # each keeps idle connections of its own
    fits = max(1, make_room(looks * wanted) // looks)
    if fits == wanted:
        return settings
    tell(words.phrase("descriptors", fits=fits, wanted=wanted))
    per_host = min(settings.frontier.per_host, fits)
    frontier = dataclasses.replace(settings.frontier, concurrency=fits, per_host=per_host)
    return dataclasses.replace(settings, frontier=frontier)
