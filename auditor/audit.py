"""One row's way: link checks before the request, answer and image checks after it."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from auditor.checks import Judge
from auditor.contents import content_of
from auditor.model import Ask, Audit, BadRow, Finding, Further, ImageRef, Manner, Probe, ProductRow
from auditor.plan import Plan
from auditor.urls import Link, authority

R = TypeVar("R")


class Request(NamedTuple):
    """An image of the row that must be looked at: which one, its URL, and whose queue it waits in."""

    place: int
    url: str
    host: str


class FurtherRequest(NamedTuple):
    """The same for a further look. Its place is behind those of all that was asked before."""

    place: int
    ask: Ask
    host: str


class _Image:
    """One image under way: what its cell says, then what the server did."""

    __slots__ = ("findings", "further", "link", "probe", "ref")

    def __init__(self, ref: ImageRef, findings: tuple[Finding, ...], link: Link | None) -> None:
        self.ref = ref
        self.findings = findings
        self.link = link
        self.probe: Probe | None = None
        self.further: tuple[tuple[Manner, Probe], ...] = ()


class RowAudit(Generic[R]):
    """One product row under way.

    Answer every one of its `requests`, in any order, and what `further` asks for after an answer; then ask for the
    report: what `render` makes of its audits. Without a plan, nothing further is asked.
    """

    __slots__ = ("_asked", "_images", "_judge", "_open", "_plan", "_render", "_row", "_waiting")

    def __init__(
        self, judge: Judge, render: Callable[[list[Audit]], R], row: ProductRow, plan: Plan | None = None
    ) -> None:
        self._judge = judge
        self._render = render
        self._row = row
        self._plan = plan
        self._asked: list[tuple[_Image, Manner]] = []
        self._waiting: tuple[FurtherRequest, ...] = ()
        self._images: list[_Image] = []
        if not isinstance(row, BadRow):
            for place, ref in enumerate(row):
                self._images.append(_Image(ref, *judge.link(ref, row[:place])))
        self._open = sum(1 for image in self._images if image.link is not None)

    def requests(self) -> list[Request]:
        """What must be looked at."""
        return [
            Request(place, image.link.text, authority(image.link))
            for place, image in enumerate(self._images)
            if image.link is not None
        ]

    def answer(self, place: int, probe: Probe) -> bool:
        """Take the answer for one image; say whether it was the last of the row."""
        if place < len(self._images):
            image = self._images[place]
            image.probe = probe
            if self._plan is not None:
                self._waiting = self._plan_for(self._plan, image, probe)
        else:
            image, manner = self._asked[place - len(self._images)]
            image.further = (*image.further, (manner, probe))
        self._open -= 1
        return not self._open

    def further(self) -> tuple[FurtherRequest, ...]:
        """What must be looked at because of the last answer."""
        waiting, self._waiting = self._waiting, ()
        return waiting

    def _plan_for(self, plan: Plan, image: _Image, probe: Probe) -> tuple[FurtherRequest, ...]:
        assert image.link is not None  # noqa: S101  # it was asked
        url, host = image.link.text, authority(image.link)
        requests = []
        for manner in plan.manners(url, probe, self._findings(image)):
            requests.append(FurtherRequest(len(self._images) + len(self._asked), Further(url, manner), host))
            self._asked.append((image, manner))
        self._open += len(requests)
        return tuple(requests)

    def report(self) -> R:
        """What is kept of the row, every image judged."""
        return self._render(self.audits())

    def audits(self) -> list[Audit]:
        """The row's images, each with what the server did and the verdicts; an unreadable row is one audit."""
        if isinstance(self._row, BadRow):
            return [Audit(self._row, None, self._judge.row(self._row))]
        if len(self._images) == 1:
            (image,) = self._images
            return [Audit(image.ref, image.probe, self._findings(image), image.further)]
        seen: dict[tuple[str, str], ImageRef] = {}
        return [
            Audit(image.ref, image.probe, self._findings(image) + self._twin(image, seen), image.further)
            for image in self._images
        ]

    def _twin(self, image: _Image, seen: dict[tuple[str, str], ImageRef]) -> tuple[Finding, ...]:
        """Look for the image's content among those of the row that were seen before, and note it."""
        content = content_of(image.probe)
        if content is None:
            return ()
        first = seen.setdefault((image.ref.marketplace, content), image.ref)
        return () if first is image.ref else self._judge.twin(image.ref, first)

    def _findings(self, image: _Image) -> tuple[Finding, ...]:
        if image.link is None or image.probe is None:
            return image.findings
        findings = image.findings + self._judge.answer(image.ref, image.link, image.probe)
        if not image.further:
            return findings
        looks = sorted(image.further)  # in whichever order they came
        image.further = tuple(looks)
        for manner, probe in looks:
            if manner is Manner.SECOND:
                findings += self._judge.second(image.probe, probe)
            else:
                findings += self._judge.deep(image.ref, image.link, probe)
        return findings


def unsurvived(judge: Judge, row: ProductRow) -> list[Audit]:
    """The audits of a row over which our own process has ended: nothing is looked at, not even its cells."""
    if isinstance(row, BadRow):
        return [Audit(row, None, judge.row(row))]
    return [Audit(ref, None, judge.unsurvived(ref) if ref.url else ()) for ref in row]
