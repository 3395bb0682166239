"""URLs as the cells of a feed hold them: taken apart, mended where that is certain, and shown without their secrets."""

import re
from collections.abc import Callable
from functools import partial
from ipaddress import AddressValueError, IPv6Address
from typing import NamedTuple
from urllib.parse import unquote

# Nine of ten URLs are as plain as this; it takes half the time of the full grammar below, once per image.
_PLAIN = re.compile(r"(https?)://((?:[a-z0-9-]{1,63}+\.)*+[a-z0-9-]{1,63}+)(?::([1-9]\d{0,4}+))?(/[^?#]*+)")
_URL = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*)://"  # the scheme
    r"(?:([^/?#\\@]*(?:@[^/?#\\@]*)*)@)?"  # user and password, up to the last @
    r"(?:([\w-]{1,63}(?:\.[\w-]{1,63})*\.?)"  # a name or an IPv4 address
    r"|\[([0-9A-Fa-f:.]+)(?:%25)?([\w.~-]*)\])"  # or an IPv6 address and zone
    r"(?::(\d{0,5}))?"  # the port
    r"(/[^?#]*)?(?:\?([^#]*))?(?:#(.*))?",  # path, query, fragment
    re.DOTALL,
)
_HOST_LIMIT = 253  # characters: RFC 1035, section 2.3.4
_PORT_LIMIT = 65_535
_PORTS = {"http": 80, "https": 443}


class Link(NamedTuple):
    """The parts of an absolute URL with a host. `text` is all of it, unchanged, and what is to be requested.

    `scheme` and `host` are lower case; an IPv6 host has no brackets, a zone stays in it. `port` is None where the URL
    names none. `path`, `query` and `fragment` are as written, without `?` and `#`; `query` and `userinfo` are None,
    unlike "", where their mark is missing too.
    """

    text: str
    scheme: str
    host: str
    port: int | None
    path: str
    query: str | None
    fragment: str
    userinfo: str | None


_link = Link._make  # a quarter faster than calling the class


def parse(text: str) -> Link | None:
    """Take an absolute URL apart; None if it isn't one with a host.

    Spaces, control and other unsafe characters may stand anywhere after the host: a browser forgives them, and the
    checks tell the seller about them.
    """
    match = _PLAIN.fullmatch(text)
    if match is None:
        return _parse_any(text)
    scheme, host, port, path = match.groups()
    number = int(port) if port else None
    if len(host) > _HOST_LIMIT or (number is not None and number > _PORT_LIMIT):
        return None
    return _link((text, scheme, host, number, path, None, "", None))


def _parse_any(text: str) -> Link | None:
    """Take apart what has more than scheme, host and path."""
    match = _URL.fullmatch(text)
    if match is None:
        return None
    scheme, userinfo, name, literal, zone, digits, path, query, fragment = match.groups()
    port = int(digits) if digits else None
    host = name or _bracketed(literal, zone)
    if host is None or len(host) > _HOST_LIMIT or (port is not None and not 0 < port <= _PORT_LIMIT):
        return None
    return Link(text, scheme.lower(), host.lower(), port, path or "", query, fragment or "", userinfo)


class Target(NamedTuple):
    """What is asked of whom: `origin` is what stands in a URL before its path, `path` the rest without a fragment.

    Both are as written, except that an empty path is `/`.
    """

    origin: str
    path: str


# A third of the time of calling the class.
_target: Callable[[tuple[str, str]], Target] = partial(tuple.__new__, Target)


def target(text: str) -> Target:
    """Part an absolute URL into the two; what isn't one is all origin. Takes a fifth of the time of `parse`."""
    slash = text.find("/", 8)  # behind https:// or the first letter of the host behind http://
    if slash > 0 and "?" not in text and "#" not in text:
        return _target((text[:slash], text[slash:]))
    link = parse(text)
    if link is None:
        return Target(text, "/")
    path = link.path if link.query is None else f"{link.path}?{link.query}"
    origin = text.partition("#")[0].removesuffix(path)
    return Target(origin, path if path.startswith("/") else f"/{path}")


def _bracketed(literal: str, zone: str) -> str | None:
    """Put an IPv6 address and its zone together; None if it isn't one."""
    try:
        IPv6Address(literal)
    except AddressValueError:
        return None
    return f"{literal}%{zone}" if zone else literal


def authority(link: Link) -> str:
    """Name the host and port that answer, such as `shop.example:8080`; a scheme's own port is left out."""
    host = f"[{link.host}]" if ":" in link.host else link.host
    if link.port is None or link.port == _PORTS.get(link.scheme):
        return host
    return f"{host}:{link.port}"


# Every character that Unicode calls white space, and those that take no room at all: zero-width space and joiners, the
# byte order mark, soft hyphen, word joiner, marks of direction. None can stand at an end of a URL on purpose.
INVISIBLE = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\xad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)


def repair(cell: str) -> str:
    """Strip what can't be seen from both ends of a cell: the only repair that is certain."""
    return cell.strip(INVISIBLE)


# ── secrets ───────────────────────────────────────────────────────────────────────────────────────────────────────

HIDDEN = "…"
_SECRET = re.compile(
    r".*(?:signature|token|credentials?|secret|passw(?:or)?d|api[_-]?key|access[_-]?key(?:[_-]?id)?)"
    r"|.*[_.-](?:sig|key|auth|policy)"
    r"|sig|sign|token_?\w*|policy|key|key-pair-id|googleaccessid|auth\w*|pwd|pass|hmac|jwt|sas"
    r"|session_?(?:id)?|jsessionid|phpsessid|sid|hdn(?:ts|ea)|__(?:token|gda)__",
    re.IGNORECASE | re.DOTALL,
)
_SIGNATURES = frozenset(
    (
        "x-amz-signature",
        "x-amz-expires",
        "x-goog-signature",
        "x-oss-signature",
        "signature",
        "sig",
        "hdnts",
        "__token__",
    )
)
_PART = re.compile(r"[^&#]+")
_INDEX = re.compile(r"\[[^\]]*\]\s*\Z")  # as in sig[]= and sig[0]=
_PARAMETER = re.compile(r"(?:\A|[?;/&#])([^=?;/&#]*)=")
# All of these patterns take time in proportion to the text, however it is made: a cell may be a megabyte of spite.
# A stretch between slashes that has an @; it may begin nowhere but behind a slash, ? or #.
_STRETCH = re.compile(r"(?<![^/\\?#])[^/\\?#@]*+(?:@[^/\\?#@]*+)++")
# A user and a password with a raw / ? or # in it, which ends the authority before its @: behind the colon is no port.
_TORN = re.compile(r"(:[/\\]+|\A//)[^/\\?#@:\[]*:(?!\d*(?:[/?#]|\Z))[^@]*@")


def redact(url: str) -> str:
    """Show a URL, or whatever stands for one, with user, password and the values of signature parameters as `…`."""
    if "@" in url:
        url = _redact_userinfo(url)
    if "=" in url or "%3d" in url or "%3D" in url:
        url = _PART.sub(_redact_part, url)
    return url


def is_secret(parameter: str) -> bool:
    """Whether a query parameter of this name opens a door: a signature, token, key or password."""
    return _SECRET.fullmatch(_INDEX.sub("", unquote(parameter)).strip()) is not None


def signed_by(link: Link) -> str | None:
    """Name the parameter that signs a link for a while, as Amazon S3, Azure, Google and CloudFront do."""
    if not link.query:
        return None
    for part in _PART.findall(link.query):
        name = unquote(part.partition("=")[0])
        if name.lower() in _SIGNATURES:
            return name
    return None


def _redact_userinfo(text: str) -> str:
    text = _STRETCH.sub(_redact_stretch, text)
    last = text.rfind("@") + 1
    return _TORN.sub(rf"\1{HIDDEN}@", text[:last]) + text[last:]


def _redact_stretch(stretch: re.Match[str]) -> str:
    """Hide what stands before the last @, if that can be a user and a password; `photo@2x.jpg` in a path can't."""
    text, start = stretch[0], stretch.start()
    last = text.rindex("@")
    before = stretch.string[max(start - 2, 0) : start].replace("\\", "/")
    colon = text.find(":", 0, last)
    if before in ("//", ":/") or (not start and colon >= 0):
        return HIDDEN + text[last:]
    return text[: colon + 1] + HIDDEN + text[last:] if colon >= 0 else text


def _redact_part(part: re.Match[str]) -> str:
    """Hide the value of the first secret parameter between two `&`, and all that follows it up to the next `&`."""
    text = part[0]
    for parameter in _PARAMETER.finditer(text):
        if is_secret(parameter[1]):
            return text[: parameter.end()] + HIDDEN
    # A whole URL may be the value of a parameter, percent-encoded (or twice), with secrets of its own.
    name, equals, value = text.partition("=") if "=" in text else text.partition("?")
    for _ in range(3):
        if "%" not in value:
            break
        value = unquote(value)
        if _redact_userinfo(value) != value or any(is_secret(inner) for inner in _PARAMETER.findall(value)):
            return name + equals + HIDDEN
    return text
