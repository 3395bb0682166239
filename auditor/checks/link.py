"""Checks of a cell and the URL in it, before any request."""

import re
from datetime import datetime

from auditor.addresses import is_private, literal_address
from auditor.checks.check import codes, fail, warn
from auditor.checks.expiry import expiry_of, worded
from auditor.checks.wording import name_character, quote
from auditor.model import ImageRef, Values, Verdict
from auditor.policies import Policy
from auditor.urls import Link, repair, signed_by

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# A URL at the beginning, after a separator, or right behind an image's suffix. One behind / or = is part of the one
# before it: image services take the address of the original so.
_SEVERAL = re.compile(r"(?:\A|[\s,;|<>\"']|\.(?:jpe?g|tiff?|gif|png|webp))(?:https?|ftp|s3)://", re.IGNORECASE)
_WRAPPED = re.compile(r"[^\w/=.,:?&%-](?:https?|ftp|s3)://", re.IGNORECASE)
# A path begins with a slash; or a path or host has more behind a slash or dot, which "n/a" and "no image yet." haven't.
_RELATIVE = re.compile(r"/|[\w.~%-].*?[./\\]\w\w|\.\w", re.DOTALL)
_HOST_AND_PORT = re.compile(r"[A-Za-z0-9.-]+:\d+(?:/|\Z)")
_UNSAFE = re.compile(r"[^\x21-\x7e]")
# Amazon's error 15 advises against "non-alphanumeric characters such as $ ? @ &". What RFC 3986 leaves unreserved,
# escapes, and the + , = : of many image services are let be; unsafe characters and the query have codes of their own.
_DISCOURAGED = re.compile(r"[^A-Za-z0-9._~/%+,=:\-\x00-\x20\x7f-\U0010ffff]")


# ── the cell ──────────────────────────────────────────────────────────────────────────────────────────────────────


def cell_repaired(cell: str, text: str) -> Values:
    """Tell that a cell had something invisible around its URL, and that the URL was taken without."""
    values = {"character": name_character(cell[-1] if cell.startswith(text) else cell[0])}
    return values if text else {**values, "case": "blank"}


def url_repeated(ref: ImageRef, text: str, earlier: tuple[ImageRef, ...]) -> Values | None:
    """Look for the same URL in an earlier slot of the row, for the same marketplace."""
    for other in earlier:
        if other.slot != ref.slot and other.marketplace == ref.marketplace and repair(other.url) == text:
            return {"slot": other.slot}
    return None


def url_several(text: str) -> Values | None:
    """Look for a second URL in a cell that has more than one `://`."""
    count = len(_SEVERAL.findall(text))
    return {"count": count} if count > 1 else None


# ── what isn't an absolute URL with a host ────────────────────────────────────────────────────────────────────────


def url_relative(text: str) -> Values | None:
    """Look for an address without its beginning: a path, `//host/…`, or a host without http://."""
    if text.startswith("\\\\") or (_SCHEME.match(text) and not _HOST_AND_PORT.match(text)) or _WRAPPED.search(text):
        return None
    return {} if _RELATIVE.match(text) else None


def url_malformed(text: str) -> Values:
    """Say what is wrong with a text that no absolute URL with a host can be parsed from."""
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else ""
    if text.startswith("\\\\") or scheme == "file" or len(scheme) == 1:  # a share, a file, a drive's letter
        return {"fault": "local-file"}
    if scheme == "data":
        return {"fault": "inline-image"}
    if _WRAPPED.search(text):
        return {"fault": "wrapped"}
    return {"fault": "bad-host" if scheme else "no-address"}


# ── what is ───────────────────────────────────────────────────────────────────────────────────────────────────────


def url_scheme(link: Link) -> Values | None:
    """Look for something else than http, https or s3 before the colon."""
    return None if link.scheme in ("https", "http", "s3") else {"scheme": quote(link.scheme)}


def url_not_checkable(link: Link) -> Values | None:
    """Look for s3://, which Amazon's API takes and nobody else can open."""
    return {} if link.scheme == "s3" else None


def url_private_address(link: Link) -> Values | None:
    """Look for an address of this machine or its networks, in any notation. Names are judged once they are resolved."""
    address = literal_address(link.host)
    return {"host": link.host, "address": address} if address is not None and is_private(address) else None


def url_unsafe_characters(link: Link) -> Values | None:
    """Look for a raw space, control or non-ASCII character."""
    text = link.text
    if text.isascii() and text.isprintable() and " " not in text:  # twice as fast as the search below
        return None
    if not link.host.isascii():
        return {"case": "host", "host": link.host}
    return {"character": name_character(_UNSAFE.findall(text)[0])}


def url_credentials(link: Link) -> Values | None:
    """Look for a user name or password before the host."""
    return None if link.userinfo is None else {"host": link.host}


def url_query_string(_: Link) -> Values:
    """Tell that there is a question mark, and maybe something after it."""
    return {}


def url_discouraged_characters(link: Link) -> Values | None:
    """Look for characters that Amazon advises against, outside the query string."""
    found = _DISCOURAGED.search(link.path)
    if found:
        return {"character": found[0]}
    return {"character": "#"} if link.fragment else None


def url_signed(link: Link, now: datetime) -> Values | None:
    """Look for a signature among the parameters: such links are made to expire, and most say when."""
    parameter = signed_by(link)
    if parameter is None:
        return None
    values: Values = {"parameter": quote(parameter)}
    expiry = expiry_of(link)
    if expiry is None:
        return values
    return {**values, "case": "expired" if expiry <= now else "expires", "expiry": worded(expiry)}


def url_too_long(text: str, policy: Policy) -> Values | None:
    """Look for more characters than the policy grants."""
    return {"length": len(text), "limit": policy.maximum_url} if len(text) > policy.maximum_url else None


REPAIRED = (warn("cell-repaired", Verdict.WRONG, cell_repaired),)
REPEATED = (warn("url-repeated", Verdict.WRONG, url_repeated),)
SEVERAL = (fail("url-several", Verdict.WRONG, url_several),)
RELATIVE = (fail("url-relative", Verdict.BROKEN, url_relative),)
MALFORMED = (fail("url-malformed", Verdict.BROKEN, url_malformed),)
LENGTH = (warn("url-too-long", Verdict.WRONG, url_too_long),)
OBSTACLES = (
    fail("url-scheme", Verdict.BROKEN, url_scheme),
    warn("url-not-checkable", Verdict.UNCHECKED, url_not_checkable),
    fail("url-unsafe-characters", Verdict.WRONG, url_unsafe_characters),
    fail("url-credentials", Verdict.WRONG, url_credentials),
)
PRIVATE = (fail("url-private-address", Verdict.UNREACHABLE, url_private_address),)
DUBIOUS = (warn("url-discouraged-characters", Verdict.WRONG, url_discouraged_characters),)
QUERY = (warn("url-query-string", Verdict.WRONG, url_query_string),)
SIGNED = (warn("url-signed", Verdict.WRONG, url_signed),)

CODES = codes(SEVERAL, RELATIVE, MALFORMED, OBSTACLES, PRIVATE, DUBIOUS, QUERY, SIGNED, LENGTH, REPEATED, REPAIRED)
