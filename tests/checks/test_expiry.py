"""When signed addresses die, in every dialect of signing."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.checks.expiry import expiry_of, worded
from auditor.urls import parse


def expiry(query: str) -> str | None:
    """Read the expiry of an address with this query."""
    link = parse(f"https://h.example/a.jpg?{query}")
    assert link is not None
    found = expiry_of(link)
    return worded(found) if found else None


def cloudfront(policy: str) -> str:
    """Write a custom policy as CloudFront wants it."""
    text = b64encode(policy.encode()).decode().translate(str.maketrans("+=/", "-_~"))
    return f"Policy={text}&Signature=x&Key-Pair-Id=K"


DATED = '{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1795392000}}}]}'


@pytest.mark.parametrize(
    ("query", "moment"),
    [
        ("X-Amz-Date=20261123T000000Z&X-Amz-Expires=900&X-Amz-Signature=x", "2026-11-23 00:15:00 UTC"),
        ("x-amz-signature=x&x-amz-expires=604800&x-amz-date=20261123T235959Z", "2026-11-30 23:59:59 UTC"),
        ("X-Goog-Date=20240229T120000Z&X-Goog-Expires=86400&X-Goog-Signature=x", "2024-03-01 12:00:00 UTC"),
        ("x-oss-date=20261123T000000Z&x-oss-expires=1&x-oss-signature=x", "2026-11-23 00:00:01 UTC"),
        ("AWSAccessKeyId=A&Expires=1795392000&Signature=x", "2026-11-23 00:00:00 UTC"),
        ("sv=2022-11-02&se=2026-11-23T08%3A30%3A00Z&sr=b&sp=r&sig=x", "2026-11-23 08:30:00 UTC"),
        ("se=2026-11-23&sig=x", "2026-11-23 00:00:00 UTC"),
        ("se=2026-11-23T08:30Z&sig=x", "2026-11-23 08:30:00 UTC"),
        (cloudfront(DATED), "2026-11-23 00:00:00 UTC"),
        ("hdnts=st=1795000000~exp=1795392000~acl=/*~hmac=x", "2026-11-23 00:00:00 UTC"),
        ("__token__=exp=1795392000~hmac=x", "2026-11-23 00:00:00 UTC"),
    ],
)
def test_expiry_is_an_absolute_time(query: str, moment: str) -> None:
    """Each provider's way to say until when a signature is good is read, to the second and in UTC."""
    assert expiry(query) == moment


@pytest.mark.parametrize(
    "query",
    [
        "Expires=1795392000",  # nothing signs it: it may be any parameter
        "sig=x",
        "X-Amz-Expires=900&X-Amz-Signature=x",
        "X-Amz-Date=20261123T000000Z&X-Amz-Expires=-5&X-Amz-Signature=x",
        "X-Amz-Date=20261323T000000Z&X-Amz-Expires=900&X-Amz-Signature=x",
        "Expires=99999999999999999999&Signature=x",
        "Expires=999999999999&Signature=x",
        "Expires=tomorrow&Signature=x",
        "Expires=\u0661\u0667&Signature=x",
        "se=soon&sig=x",
        "Policy=!!!&Signature=x",
        cloudfront("[]"),
        cloudfront('{"Statement":[]}'),
        cloudfront(DATED.replace("1795392000", "NaN")),
        cloudfront(DATED.replace("1795392000", '"soon"')),
        cloudfront("[" * 100_000),
        "hdnts=acl=/*~hmac=x",
    ],
)
def test_what_says_nothing_clear_has_no_expiry(query: str) -> None:
    """Unsigned, incomplete and senseless parameters give no time, and never an exception."""
    assert expiry(query) is None


@given(st.dictionaries(st.sampled_from(["Expires", "se", "Policy", "X-Amz-Date", "X-Amz-Expires", "hdnts"]), st.text()))
def test_any_parameters_are_read(parameters: dict[str, str]) -> None:
    """Whatever stands in them, the answer is a time or none."""
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    link = parse("https://h.example/a.jpg?sig=x&" + query.replace("#", ""))
    if link is not None:
        expiry_of(link)
