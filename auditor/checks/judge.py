"""Facts → findings: which checks look at what, under one policy."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from types import MappingProxyType
from typing import NamedTuple

from auditor.checks import answer, closer, file, image, later, link, row
from auditor.checks.check import Check, Facts, Stage, said, said_of, said_of_both
from auditor.checks.ordinary import Ordinary
from auditor.contents import content_of
from auditor.errors import Sentence, SettingsError
from auditor.model import (
    Answered,
    BadRow,
    Body,
    Code,
    Corrupt,
    Excessive,
    Finding,
    Format,
    ImageInfo,
    ImageRef,
    NotAnImage,
    Pixels,
    Probe,
    Severity,
    Undetermined,
    Unreached,
)
from auditor.policies import Policy
from auditor.urls import Link, parse, repair


def _gather() -> dict[str, Code]:
    """Collect the codes that the check modules declare, in their order."""
    return {code.slug: code for module in (row, link, answer, image, file, closer, later) for code in module.CODES}


# Every code with its default severity.
CODES: Mapping[str, Code] = MappingProxyType(_gather())


def _stage(checks: Iterable[Check[*Facts]]) -> Stage[*Facts]:
    return tuple((check.code.slug, check.look) for check in checks)


# What one of these finds fault with can't be requested, whatever a policy says of its severity. They are always asked;
# what is switched off is left out of the findings afterwards.
_OBSTACLES = frozenset(check.code.slug for check in (*link.OBSTACLES, *link.PRIVATE))
_SEVERAL, _RELATIVE, _MALFORMED = _stage(link.SEVERAL), _stage(link.RELATIVE), _stage(link.MALFORMED)


def _under(policy: Policy) -> dict[str, Code]:
    """Give every code its severity under a policy. Raises SettingsError for a code that doesn't exist."""
    for slug in policy.severity:
        if slug not in CODES:
            close = get_close_matches(slug, CODES, 1)
            raise SettingsError(
                "The policy {file} sets the severity of the unknown code {code}{hint}",
                file=policy.file,
                code=slug,
                hint=Sentence("; did you mean {close}?", close=close[0]) if close else ".",
            )
    return {slug: code._replace(severity=policy.severity.get(slug, code.severity)) for slug, code in CODES.items()}


class Admission(NamedTuple):
    """What the cell of an image says: its findings, and the link to request, if there is anything to request."""

    findings: tuple[Finding, ...]
    link: Link | None


class Judge:
    """All checks under one policy. Built once per run; it keeps no state between images.

    `codes` has every code with its severity under the policy. Raises SettingsError if the policy overrides a code
    that doesn't exist. `now` is when the run began, in seconds since the epoch: it decides which of the policy's dated
    rules hold. `placeholders` are contents that are no picture of a product. `ordinary` tells quickly of which images
    there is nothing to say.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        allow_private: bool = False,
        now: float = 0.0,
        placeholders: frozenset[str] = frozenset(),
    ) -> None:
        self._placeholders = placeholders
        self._now = datetime.fromtimestamp(now, UTC)
        self.policy = policy = policy.at(self._now)
        self.ordinary = Ordinary(policy, allow_private=allow_private, placeholders=placeholders)
        self._later = tuple((change.date, Judge(policy.on(change))) for change in policy.changes)
        self.codes = MappingProxyType(_under(policy))
        on = self._on
        self._unreadable, self._product, self._empty = on(row.UNREADABLE), on(row.PRODUCT), on(row.EMPTY)
        self._repaired, self._repeated, self._length = on(link.REPAIRED), on(link.REPEATED), on(link.LENGTH)
        self._link = _stage((*link.OBSTACLES, *(() if allow_private else link.PRIVATE))) + on(link.DUBIOUS)
        self._query, self._signed = on(link.QUERY), on(link.SIGNED)
        self._not_an_image, self._damaged, self._unsure = on(answer.NOT_AN_IMAGE), on(image.DAMAGED), on(image.UNSURE)
        self._no_picture, self._spoilt = on(file.NOT_AN_IMAGE), on(file.DAMAGED)
        self._declared, self._named, self._weight = on(image.DECLARED), on(image.NAMED), on(image.WEIGHT)
        self._unsurvived = on(image.UNSURVIVED)
        self._second, self._excessive, self._undecoded = on(closer.SECOND), on(closer.EXCESSIVE), on(closer.UNDECODED)
        self._pixels, self._main_pixels = on(closer.PIXELS), on((*closer.PIXELS, *closer.MAIN))
        self._known, self._in_row = on(image.KNOWN), on(image.IN_ROW)
        self._accepted = {of: said(on(image.ACCEPTED), of, policy) for of in Format}
        self._warned = on(later.LATER)
        picture = (*image.PICTURE, *(image.AREA if policy.maximum_pixels is not None else ()))
        product = (*image.PRODUCT, *(image.SIDES if policy.minimum_shortest > 1 else ()))
        self._products = {of: on((*picture, *product, *image.BY_FORMAT.get(of, ()))) for of in Format}
        self._swatches = {of: on((*picture, *image.SWATCH, *image.BY_FORMAT.get(of, ()))) for of in Format}

    def _on(self, checks: Iterable[Check[*Facts]]) -> Stage[*Facts]:
        return _stage(check for check in checks if self.codes[check.code.slug].severity is not Severity.OFF)

    def _heard(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Drop the findings that the policy has switched off."""
        return tuple(finding for finding in findings if self.codes[finding.code].severity is not Severity.OFF)

    def row(self, row: BadRow) -> tuple[Finding, ...]:
        """Judge a row that can't be read."""
        return said(self._unreadable, row)

    def product(self, ref: ImageRef) -> tuple[Finding, ...]:
        """Judge how a row names its product, by any of its images."""
        return said_of(self._product, ref)

    def link(self, ref: ImageRef, earlier: tuple[ImageRef, ...] = ()) -> Admission:
        """Judge a cell before any request. `earlier` are the images before it in its row.

        What concerns the row as a whole is said of its first image.
        """
        cell, text = ref.url, repair(ref.url)
        findings = () if earlier else self.product(ref)
        if text != cell:
            findings += said(self._repaired, cell, text)
        if not text:
            return Admission(findings + said(self._empty, ref), None)
        if earlier:
            findings += said(self._repeated, ref, text, earlier)
        return self._url(text, findings)

    def _url(self, text: str, findings: tuple[Finding, ...]) -> Admission:
        found = parse(text)
        torn = said(_SEVERAL, text) if text.count("://") > 1 else ()
        if torn or found is None:
            return Admission(findings + self._heard(torn or said(_RELATIVE, text) or said(_MALFORMED, text)), None)
        told = said_of(self._link, found) + said_of_both(self._length, text, self.policy)
        if found.query is not None:
            told += said(self._query, found) + said(self._signed, found, self._now)
        if not told:
            return Admission(findings, found)
        stopped = any(finding.code in _OBSTACLES for finding in told)
        return Admission(findings + self._heard(told), None if stopped else found)

    def answer(self, ref: ImageRef, link: Link, probe: Probe) -> tuple[Finding, ...]:
        """Judge what a server did, and the image in its answer if there is one."""
        if isinstance(probe, Unreached):
            return self._heard(said(_stage((answer.CAUSES[probe.cause],)), probe, link))
        body = probe.body
        if body is None or probe.status not in (200, 206):
            return self._heard(said(_stage((answer.by_status(probe),)), probe, link))
        if isinstance(body, NotAnImage):
            return said(self._not_an_image, body, link)
        if isinstance(body, Corrupt):
            return said(self._damaged, body)
        findings = self._image(body.format, link.path, probe.content_type, probe.content_length)
        if self._placeholders:
            findings += said(self._known, content_of(probe) or "", self._placeholders)
        findings += self._picture(body, ref.slot)
        if not self._later:
            return findings
        return findings + self._to_come(findings, lambda judge: judge.answer(ref, link, probe))

    def passes(self, findings: Iterable[Finding]) -> bool:
        """Whether nothing among these findings keeps an image from appearing."""
        return all(self.codes[finding.code].severity is not Severity.FAIL for finding in findings)

    def second(self, first: Probe, second: Probe) -> tuple[Finding, ...]:
        """Judge what a server did when it was asked as a browser asks; where that failed, nothing is known."""
        if isinstance(first, Answered) and isinstance(second, Answered):
            return said(self._second, first, second)
        return ()

    def deep(self, ref: ImageRef, link: Link, probe: Probe) -> tuple[Finding, ...]:
        """Judge what a server did when the whole image was asked for, and what decoding that has shown."""
        body = probe.body if isinstance(probe, Answered) else None
        if isinstance(body, Pixels):
            return said(self._main_pixels if ref.slot == "MAIN" else self._pixels, body, self.policy)
        if isinstance(body, Excessive):
            return said(self._excessive, body, self.policy)
        return said(self._undecoded, body) if isinstance(body, Undetermined) else self.answer(ref, link, probe)

    def twin(self, ref: ImageRef, other: ImageRef) -> tuple[Finding, ...]:
        """Judge an image whose content an earlier one of its row has, too."""
        return said(self._in_row, ref, other)

    def unsurvived(self, ref: ImageRef) -> tuple[Finding, ...]:
        """Judge an image of a row that our own processes don't survive."""
        return said(self._unsurvived, ref)

    def file(self, name: str, slot: str, size: int, body: Body) -> tuple[Finding, ...]:
        """Judge a file on this computer as an image of that slot, by its name, its size in bytes and what it is."""
        if isinstance(body, NotAnImage):
            return said(self._no_picture, body)
        if isinstance(body, Corrupt):
            return said(self._spoilt, body)
        findings = self._image(body.format, name, None, size) + self._picture(body, slot)
        return findings + self._to_come(findings, lambda judge: judge.file(name, slot, size, body))

    def _to_come(
        self, findings: tuple[Finding, ...], look: Callable[["Judge"], tuple[Finding, ...]]
    ) -> tuple[Finding, ...]:
        """Tell what of an image will fail from a later day on and doesn't yet; `look` judges it again."""
        told: tuple[Finding, ...] = ()
        failing = {finding.code for finding in findings if not self.passes((finding,))}
        for day, judge in self._later:
            for finding in look(judge):
                if finding.code not in failing and not judge.passes((finding,)):
                    failing.add(finding.code)
                    told += said_of_both(self._warned, finding, day)
        return told

    def _image(self, format_: Format, path: str, declared: str | None, size: int | None) -> tuple[Finding, ...]:
        """Judge what holds for every image, its size in pixels known or not."""
        findings = self._accepted[format_] + said_of_both(self._named, format_, path)
        if declared is not None:
            findings += said_of_both(self._declared, format_, declared)
        if size is not None:
            findings += said_of_both(self._weight, size, self.policy)
        return findings

    def _picture(self, body: Body, slot: str) -> tuple[Finding, ...]:
        """Judge what is in an image, as far as that is known."""
        if isinstance(body, ImageInfo):
            stages = self._swatches if slot == "SWCH" else self._products
            return said_of_both(stages[body.format], body, self.policy)
        return said(self._unsure, body) if isinstance(body, Undetermined) else ()
