"""Checks of what a server did: no answer, a status that isn't an image's, or something else than an image."""

from collections.abc import Mapping
from urllib.parse import urljoin

from auditor.checks.check import Check, codes, fail
from auditor.checks.expiry import expiry_of, worded
from auditor.checks.sharing import service_of
from auditor.checks.wording import quote, quote_url
from auditor.model import Answered, Cause, Kind, NotAnImage, Page, TlsFault, Unreached, Values, Verdict
from auditor.urls import Link, authority, signed_by

# ── no answer ─────────────────────────────────────────────────────────────────────────────────────────────────────


def no_answer(_: Unreached, link: Link) -> Values:
    """Tell that there was no HTTP answer; the table below says which code that is."""
    return {"host": authority(link)}


def no_name_server(_: Unreached, link: Link) -> Values:
    """Tell that no name server answered: the name may be right."""
    return {"host": authority(link), "case": "temporary"}


def no_means(_: Unreached, link: Link) -> Values:
    """Tell that this machine had no means left to ask, however long it waited."""
    return {"host": authority(link), "case": "shortage"}


def no_secure_connection(unreached: Unreached, link: Link) -> Values:
    """Tell what kept a secure connection from coming about; the general wording where that has none of its own."""
    values = {"host": authority(link)}
    told = unreached.tls not in (None, TlsFault.OTHER)
    return {**values, "case": str(unreached.tls)} if told else values


def not_asked(unreached: Unreached, link: Link) -> Values:
    """Tell that an image wasn't asked for, because its host no longer answered, and what kept it from answering."""
    return {"host": authority(link), "cause": unreached.detail or Cause.CONNECT_FAILURE.value}


def no_way_through(unreached: Unreached, link: Link) -> Values:
    """Tell that a proxy brought no connection about, in its own words."""
    return {"host": authority(link), "case": "proxy", "detail": quote(unreached.detail) or "no-reason"}


def private_by_name(_: Unreached, link: Link) -> Values:
    """Tell that a name leads to an address of this machine or its networks."""
    return {"host": authority(link), "case": "resolved"}


# ── a status that isn't an image's ────────────────────────────────────────────────────────────────────────────────


def refused(answered: Answered, link: Link) -> Values:
    """Tell which status the host refused with; the tables below say which code that is."""
    return {"status": answered.status, "host": authority(link)}


def access_denied(answered: Answered, link: Link) -> Values:
    """Tell that the host keeps strangers out; a share link is one for some, and a signed link has probably expired."""
    values = refused(answered, link)
    service = service_of(link)
    if service is not None:
        return {**values, "case": "share-link", "service": service.name, "advice": service.slug}
    expiry = expiry_of(link)
    if expiry is not None:
        return {**values, "case": "signed-until", "expiry": worded(expiry)}
    return {**values, "case": "signed"} if signed_by(link) else values


def redirect(answered: Answered, link: Link) -> Values:
    """Tell where the host sends on to, as an absolute URL where that can be made out."""
    location = (answered.location or "").strip()
    if not location:
        return {"status": answered.status, "case": "nowhere"}
    values: Values = {"status": answered.status, "target": quote_url(_absolute(link, location))}
    service = service_of(link)
    if service is None:
        return values
    return {**values, "case": "share-link", "service": service.name, "advice": service.slug}


def no_content(answered: Answered, _: Link) -> Values:
    """Tell that the host answered with nothing in it."""
    return {"status": answered.status}


def by_status(answered: Answered) -> Check[Answered, Link]:
    """Find the check for an answer that isn't 200 or 206 with a body."""
    if answered.status == 416 and answered.content_length == 0:
        return NO_CONTENT  # not even the first byte can be had: the file is empty
    if answered.status in (200, 206):
        return NO_CONTENT
    return STATUSES.get(answered.status) or CLASSES.get(answered.status // 100) or UNEXPECTED


# ── something else than an image ──────────────────────────────────────────────────────────────────────────────────


def empty_body(body: NotAnImage, _: Link) -> Values | None:
    """Look for a file without a single byte."""
    return {"case": "no-bytes"} if body.kind is Kind.EMPTY else None


def html_page(body: NotAnImage, link: Link) -> Values | None:
    """Look for a web page, and say which: one of a sharing service, or one that does what its bytes say."""
    if body.kind is not Kind.HTML:
        return None
    values: dict[str, str | int] = {"title": quote(body.title)}
    service = service_of(link)
    if service is not None:
        return {**values, "case": "share-link", "service": service.name, "advice": service.slug}
    if body.does is None:
        return values
    values["case"] = body.does.value
    if body.does in (Page.OPENING, Page.POP_UP):
        values["target"] = quote_url(_absolute(link, body.opens))
    return values


def not_an_image(body: NotAnImage, _: Link) -> Values | None:
    """Look for any other file that isn't an image."""
    return None if body.kind in (Kind.EMPTY, Kind.HTML) else {"kind": body.kind.value}


def _absolute(link: Link, reference: str) -> str:
    """Resolve a reference against the URL that gave it; as it is where that makes no sense."""
    try:
        return urljoin(link.text, reference)
    except ValueError:
        return reference


CAUSES: Mapping[Cause, Check[Unreached, Link]] = {
    Cause.DNS_FAILURE: fail("dns-failure", Verdict.UNREACHABLE, no_answer),
    Cause.DNS_TEMPORARY: fail("dns-failure", Verdict.UNREACHABLE, no_name_server),
    Cause.CONNECT_FAILURE: fail("connect-failure", Verdict.UNREACHABLE, no_answer),
    Cause.TLS_FAILURE: fail("tls-failure", Verdict.UNREACHABLE, no_secure_connection),
    Cause.TIMEOUT: fail("timeout", Verdict.UNREACHABLE, no_answer),
    Cause.CONNECTION_LOST: fail("connection-lost", Verdict.UNREACHABLE, no_answer),
    Cause.PROTOCOL_ERROR: fail("protocol-error", Verdict.UNREACHABLE, no_answer),
    Cause.SHORTAGE: fail("connect-failure", Verdict.UNREACHABLE, no_means),
    Cause.PROXY_UNREACHABLE: fail("connect-failure", Verdict.UNREACHABLE, no_way_through),
    Cause.PROXY_DENIED: fail("connect-failure", Verdict.UNREACHABLE, no_way_through),
    Cause.PROXY_REFUSED: fail("connect-failure", Verdict.UNREACHABLE, no_way_through),
    Cause.HOST_SUSPENDED: fail("host-suspended", Verdict.UNREACHABLE, not_asked),
    Cause.PRIVATE_ADDRESS: fail("url-private-address", Verdict.UNREACHABLE, private_by_name),
}

NO_CONTENT = fail("empty-body", Verdict.WRONG, no_content)
UNEXPECTED = fail("unexpected-status", Verdict.BROKEN, refused)
STATUSES: Mapping[int, Check[Answered, Link]] = {
    204: NO_CONTENT,
    **dict.fromkeys((301, 302, 303, 307, 308), fail("redirect", Verdict.WRONG, redirect)),
    **dict.fromkeys((401, 403, 407, 451), fail("access-denied", Verdict.BLOCKED, access_denied)),
    **dict.fromkeys((404, 410), fail("not-found", Verdict.BROKEN, refused)),
    429: fail("rate-limited", Verdict.BLOCKED, refused),
}
CLASSES: Mapping[int, Check[Answered, Link]] = {
    4: fail("http-error", Verdict.BROKEN, refused),
    5: fail("server-error", Verdict.UNREACHABLE, refused),
}

NOT_AN_IMAGE = (
    fail("empty-body", Verdict.WRONG, empty_body),
    fail("html-page", Verdict.WRONG, html_page),
    fail("not-an-image", Verdict.WRONG, not_an_image),
)

CODES = codes(CAUSES.values(), STATUSES.values(), CLASSES.values(), (UNEXPECTED,), NOT_AN_IMAGE)
