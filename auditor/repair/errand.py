"""One address to be mended, on its way: from hop to hop, to a whole image, to its outcome. It opens no socket."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urljoin

from auditor.errors import Sentence
from auditor.model import Answered, Ask, Excessive, Finding, Further, ImageRef, Manner, Probe
from auditor.repair.making import Made
from auditor.repair.outcome import Became, Outcome, Why
from auditor.repair.pictures.converted import Converted, Refusal, Refused
from auditor.repair.remedy import Action, Judged, remedy_of
from auditor.repair.rules import Rules
from auditor.urls import Link, authority, redact

HOPS = 10  # redirects of one address: a host that always knows one more. Those that are meant are two or three

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# What another try with the same file gives again: not what more memory, time or packages would change.
_LASTING = frozenset(
    {
        *(Refusal.ENDS_EARLY, Refusal.BAD_DATA, Refusal.INVISIBLE, Refusal.BLANK),
        *(Refusal.PIXELS, Refusal.TOO_MANY_BYTES),
    }
)


class Wish(NamedTuple):
    """An address to be mended, by one of the images that ask for it; `converts` if a mere drawback in it counts."""

    key: bytes
    ref: ImageRef
    converts: bool


class Mended(NamedTuple):
    """What became of a wish. `made` is the key of the file that it was made from, where one was converted."""

    key: bytes
    outcome: Outcome
    made: bytes = b""


class Errand:
    """Sees one wish through. An engine asks what `requests` and `further` want to know, and takes the report.

    It begins with the look that the audit has had: what was mended since needs nothing, and what got worse has another
    reason by now. `known` tells what became of a file that was converted before.
    """

    def __init__(self, rules: Rules, known: Callable[[bytes], Outcome | None], wish: Wish) -> None:
        self._rules = rules
        self._judge = rules.judge
        self._known = known
        self._wish = wish
        self._made = b""
        self._link: Link | None = None
        self._seen: list[str] = []
        self._whole = False
        self._waiting: tuple[tuple[int, Ask, str], ...] = ()
        self._outcome = Outcome(Became.LEFT)
        self._asked = 0
        self._go_to(wish.ref.url)

    def requests(self) -> Sequence[tuple[int, Ask, str]]:
        """What must be asked first."""
        return self.further()

    def further(self) -> Sequence[tuple[int, Ask, str]]:
        """What must be asked because of the last answer."""
        waiting, self._waiting = self._waiting, ()
        return waiting

    def answer(self, _place: int, probe: Probe) -> bool:
        """Take an answer; say whether it was the last."""
        link = self._link
        assert link is not None  # noqa: S101  # it was asked
        body = probe.body if isinstance(probe, Answered) else None
        if isinstance(body, Made):
            self._outcome = self._converted(body)
        elif isinstance(body, Excessive):
            self._leave(Refusal.LENGTH)
        elif isinstance(probe, Answered) and probe.status in _REDIRECTS and (probe.location or "").strip():
            self._follow(link, (probe.location or "").strip())
        else:
            self._look_at(link, probe)
        return not self._waiting

    def report(self) -> Mended:
        """What became of it."""
        return Mended(self._wish.key, self._outcome, self._made if self._outcome.lasting else b"")

    def _look_at(self, link: Link, probe: Probe) -> None:
        """See what is at an address that doesn't redirect."""
        findings = self._judge.answer(self._wish.ref._replace(url=link.text), link, probe)
        judged = [Judged(finding, self._judge.codes[finding.code].severity) for finding in findings]
        remedy = remedy_of(judged, self._rules.bounds.exceeded_by(_facts(probe)))
        # A target with a mere drawback takes the place of its redirect as it is.
        counts = remedy.failing or (self._wish.converts and self._is_first)
        if self._whole:
            self._leave(remedy.finding or next(iter(findings), None))  # a moment ago there was an image
        elif remedy.action is Action.CONVERT and counts and isinstance(probe, Answered):
            self._convert(link, probe)
        elif remedy.failing or (remedy.action is Action.CANNOT and counts):
            self._leave(remedy.refusal or remedy.finding)
        else:
            self._outcome = Outcome(Became.SOUND) if self._is_first else Outcome(Became.REPLACED, link.text)

    def _convert(self, link: Link, probe: Answered) -> None:
        """Ask for the whole file, unless it is known what comes of it."""
        self._made = self._rules.keys.of_file(link.text, self._wish.ref.slot, _facts(probe))
        known = self._known(self._made)
        if known is None:
            self._whole = True
            self._ask(link)
        else:
            self._outcome = known

    def _follow(self, link: Link, location: str) -> None:
        """Go on where a redirect leads to, if nothing speaks against it."""
        try:
            target = urljoin(link.text, location).partition("#")[0]
        except ValueError:
            target = location
        if target in self._seen:
            self._leave(Sentence("Its redirects lead round in a circle."))
        elif len(self._seen) > HOPS:
            self._leave(Sentence("It redirects more than {hops} times.", hops=HOPS))
        elif link.scheme == "https" and target.lower().startswith("http:"):
            self._leave(Sentence("It redirects from https to http, where anybody on the way could exchange the image."))
        else:
            self._whole = False
            self._go_to(target)

    def _go_to(self, url: str) -> None:
        """Ask for an address, unless its own words already speak against it."""
        findings, link = self._judge.link(ImageRef("", 0, "", "-", "", "MAIN", url))
        wrong = self._worst(findings)
        if self._seen and wrong is not None and wrong.code == "url-malformed":  # whose words are about a cell
            self._leave(Sentence("It redirects to what is no web address."))
        elif link is None or wrong is not None:
            self._outcome = Outcome(Became.LEFT, why=wrong or next(iter(findings), None))
        elif self._seen and (redact(link.text) != link.text or any(one.code == "url-signed" for one in findings)):
            self._leave(Sentence("It redirects to an address with a signature or a token, which expires."))
        else:
            self._link = link
            self._seen.append(link.text)
            self._ask(link)

    def _ask(self, link: Link) -> None:
        ask = Further(link.text, Manner.DEEP) if self._whole else link.text
        self._waiting = ((self._asked, ask, authority(link)),)
        self._asked += 1

    def _converted(self, made: Made) -> Outcome:
        """Judge a new file as any other, for the slot that it is for."""
        conversion, file = made.conversion, made.file
        if isinstance(conversion, Refused):
            return Outcome(Became.LEFT, why=conversion.why, lasting=conversion.why in _LASTING)
        assert isinstance(conversion, Converted)  # noqa: S101  # the other of two
        assert file is not None  # noqa: S101  # it was looked at
        wrong = self._worst(self._judge.file(conversion.name, self._wish.ref.slot, file.size, file.body))
        if wrong is not None:
            return Outcome(Became.LEFT, why=wrong)  # our own file's fault is none of the image's
        return Outcome(Became.CONVERTED, conversion.name, digest=made.digest, lasting=True, done=conversion)

    @property
    def _is_first(self) -> bool:
        """Whether it is still at the address that the feed has."""
        return len(self._seen) == 1

    def _worst(self, findings: Sequence[Finding]) -> Finding | None:
        return next((finding for finding in findings if not self._judge.passes((finding,))), None)

    def _leave(self, why: Why | None) -> None:
        """Let it be. Another try may have another answer."""
        self._outcome = Outcome(Became.LEFT, why=why, now=self._is_first)


def _facts(probe: Probe) -> Mapping[str, Any]:
    """What a look has found, as an audit writes it."""
    if not isinstance(probe, Answered):
        return {}
    return {**probe._asdict(), "body": None if probe.body is None else probe.body._asdict()}
