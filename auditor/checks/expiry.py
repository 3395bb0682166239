"""When a signed address dies, as it says itself."""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_plus

from auditor.urls import Link, signed_by

_STAMP = "%Y%m%dT%H%M%SZ"
_DATES = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%dT%H:%MZ", "%Y-%m-%d")
_TOKEN = re.compile(r"(?:\A|~)exp=(\d{1,12})(?:~|\Z)", re.ASCII)
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)
# CloudFront's own stand-ins for what base64 has and a query string can't hold.
_CLOUDFRONT = str.maketrans("-_~", "+=/")

_Parameters = Mapping[str, str]


def expiry_of(link: Link) -> datetime | None:
    """When a signed link stops working, in UTC, whole seconds; None if it isn't signed or doesn't say."""
    if not link.query or signed_by(link) is None:
        return None
    pairs = (part.partition("=") for part in link.query.split("&"))
    parameters = {unquote_plus(name).lower(): unquote_plus(value) for name, _, value in pairs}
    for read in _READERS:
        try:
            found = read(parameters)
        except (LookupError, ValueError, TypeError, OverflowError, RecursionError):
            continue
        if found is not None:
            return found
    return None


def worded(moment: datetime) -> str:
    """Write a moment as reports show it."""
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def _dated(brand: str) -> Callable[[_Parameters], datetime]:
    """A date and how long it is good for: Signature Version 4 of Amazon S3 and those made after it."""

    def read(parameters: _Parameters) -> datetime:
        signed = datetime.strptime(parameters[f"x-{brand}-date"], _STAMP).replace(tzinfo=UTC)
        return signed + timedelta(seconds=_seconds(parameters[f"x-{brand}-expires"]))

    return read


def _shared_access(parameters: _Parameters) -> datetime | None:
    """`se` of Azure's shared access signatures: ISO 8601, whole or cut short."""
    for form in _DATES:
        try:
            return datetime.strptime(parameters["se"], form).replace(tzinfo=UTC, microsecond=0)
        except ValueError:
            continue
    return None


def _policy(parameters: _Parameters) -> datetime:
    """CloudFront's custom policy: JSON, in a base64 of its own."""
    text = parameters["policy"].translate(_CLOUDFRONT)
    policy = json.loads(b64decode(text + "=" * (-len(text) % 4)))
    return _since_epoch(policy["Statement"][0]["Condition"]["DateLessThan"]["AWS:EpochTime"])


def _token(parameters: _Parameters) -> datetime | None:
    """Akamai's token, `exp=…~acl=…~hmac=…`."""
    found = _TOKEN.search(parameters.get("hdnts") or parameters["__token__"])
    return _since_epoch(int(found[1])) if found else None


def _expires(parameters: _Parameters) -> datetime:
    """Seconds since the epoch: Amazon S3 before version 4, CloudFront's canned policy, Google and Alibaba Cloud."""
    return _since_epoch(_seconds(parameters["expires"]))


def _seconds(text: str) -> int:
    if not _SECONDS.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _since_epoch(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)


_READERS: tuple[Callable[[_Parameters], datetime | None], ...] = (
    _dated("amz"),
    _dated("goog"),
    _dated("oss"),
    _policy,
    _shared_access,
    _token,
    _expires,
)
