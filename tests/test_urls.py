"""URLs as the cells of a feed hold them."""

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import urls
from auditor.urls import Link, authority, parse, redact, repair, signed_by, target

HOSTILE = st.text(
    alphabet=st.sampled_from("http:/s3ftp@?#&=;%[]\\.,|:0123456789abcxyz-_~ \t\n\xa0é\ufeff"), max_size=60
)
TEXT = st.one_of(st.text(max_size=60), HOSTILE)
SECRETS = (
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "X-Goog-Signature",
    "x-oss-signature",
    "Signature",
    "sig",
    "token",
    "Policy",
    "Key-Pair-Id",
    "access_token",
    "key",
    "api_key",
    "AWSAccessKeyId",
    "password",
    "client_secret",
)


def random_case(word: str) -> st.SearchStrategy[str]:
    """Spell a word in any mixture of capital and small letters."""
    letters = [st.sampled_from([letter.lower(), letter.upper()]) for letter in word]
    return st.tuples(*letters).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://h/a.jpg", ("http", "h", None, "/a.jpg", None, "", None)),
        ("HTTPS://Shop.Example:8443/A.JPG", ("https", "shop.example", 8443, "/A.JPG", None, "", None)),
        ("http://h", ("http", "h", None, "", None, "", None)),
        ("http://h.", ("http", "h.", None, "", None, "", None)),
        ("http://h:/a", ("http", "h", None, "/a", None, "", None)),
        ("http://h?x", ("http", "h", None, "", "x", "", None)),
        ("http://h/a?", ("http", "h", None, "/a", "", "", None)),
        ("http://h/a?x=1#top?", ("http", "h", None, "/a", "x=1", "top?", None)),
        ("http://me:pw@h/a@2x.jpg", ("http", "h", None, "/a@2x.jpg", None, "", "me:pw")),
        ("http://me@home:p@h/", ("http", "h", None, "/", None, "", "me@home:p")),
        ("http://@h/", ("http", "h", None, "/", None, "", "")),
        ("http://[2001:DB8::1]:80/a", ("http", "2001:db8::1", 80, "/a", None, "", None)),
        ("http://[fe80::1%25eth0]/a", ("http", "fe80::1%eth0", None, "/a", None, "", None)),
        ("http://my_shop.example/a b\nc.jpg", ("http", "my_shop.example", None, "/a b\nc.jpg", None, "", None)),
        ("http://bücher.example/", ("http", "bücher.example", None, "/", None, "", None)),
        ("s3://bucket/key.jpg", ("s3", "bucket", None, "/key.jpg", None, "", None)),
    ],
)
def test_an_absolute_url_is_taken_apart(text: str, expected: tuple[object, ...]) -> None:
    """Every part of a URL is found, however unusual; scheme and host in lower case."""
    assert parse(text) == (text, *expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.jpg",
        "//h/a.jpg",
        "/a.jpg",
        "www.shop.example/a.jpg",
        "http:/h/a.jpg",
        "http:///a.jpg",
        "http://",
        "http:\\\\h\\a.jpg",
        "http://h\\@evil/a.jpg",
        "http://my shop/a.jpg",
        "http://h\n/a.jpg",
        "http://127.0\t.0.1/",
        "http://h%2e/a",
        "http://.h/a",
        "http://a..b/a",
        "http://" + "a" * 64 + "/a",
        "http://" + "a." * 127 + "ab/a",
        "HTTP://" + "a." * 127 + "ab/a",
        "http://h:99999/",
        "http://h:0/",
        "http://h:x/",
        "http://h:8 0/",
        "http://[h]/",
        "http://[1::2::3]/",
        "http://[::1/",
        "data:image/png;base64,AAAA",
        "file:///C:/a.jpg",
        "C:\\a.jpg",
        " http://h/a.jpg",
    ],
)
def test_what_has_no_host_is_no_link(text: str) -> None:
    """A text without a host that could exist isn't taken for a URL."""
    assert parse(text) is None


@given(TEXT)
def test_taking_apart_never_raises(text: str) -> None:
    """Any text is a link or none."""
    link = parse(text)
    assert link is None or link.text == text


HTTP = st.builds(
    "{}://{}{}".format,
    st.sampled_from(["http", "https", "HTTP"]),
    st.sampled_from(["a", "a.b", "A.b:80", "[::1]", "[::1]:8", "u@a", "u:p@a:1", "a."]),
    st.text(alphabet="/?#@:a.%", max_size=8),
)


@given(HTTP | TEXT)
def test_what_is_asked_of_whom_is_what_the_link_says(text: str) -> None:
    """The short way to part a URL leads to the same host, port, path and query as taking it apart."""
    link, asked = parse(text), target(text)
    origin = parse(asked.origin)
    if link is None or link.scheme not in ("http", "https"):
        return
    assert origin is not None
    assert origin[1:4] == link[1:4]
    assert text.startswith(asked.origin)
    assert asked.path.startswith("/")
    assert asked.path == (link.path or "/") + ("" if link.query is None else f"?{link.query}")


@given(TEXT)
def test_what_is_no_link_has_no_origin_that_is_one(text: str) -> None:
    """Nothing can be asked of a host that the whole text doesn't name."""
    if parse(text) is None:
        assert parse(target(text).origin) is None or not (text.isascii() and text.isprintable())


@given(st.from_regex(urls._PLAIN, fullmatch=True))
def test_the_short_cut_agrees_with_the_full_grammar(text: str) -> None:
    """A plain URL has the same parts on the short way as on the long one."""
    assert parse(text) == urls._parse_any(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://h/a", "h"),
        ("http://h:80/a", "h"),
        ("https://H:443/a", "h"),
        ("https://h:80/a", "h:80"),
        ("http://h:8080/a", "h:8080"),
        ("http://[::1]/a", "[::1]"),
        ("http://[::1]:81/a", "[::1]:81"),
    ],
)
def test_the_authority_names_who_answers(text: str, expected: str) -> None:
    """URLs of one host and port share a queue, however they are written."""
    link = parse(text)
    assert link is not None
    assert authority(link) == expected


@pytest.mark.parametrize("around", [" ", "\t", "\r\n", "\xa0", "\ufeff", "\u200b", "\u2060\u200e ", "\u3000"])
def test_invisible_characters_around_a_cell_are_taken_off(around: str) -> None:
    """What can't be seen around a URL is taken off; what is inside stays."""
    assert repair(f"{around}http://h/a{around}b{around}") == f"http://h/a{around}b"


@given(TEXT)
def test_repairing_twice_changes_nothing(text: str) -> None:
    """A repaired cell needs no repair, and nothing but its ends is touched."""
    repaired = repair(text)
    assert repair(repaired) == repaired
    assert repaired in text
    assert repaired == repaired.strip()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://h/a.jpg", "http://h/a.jpg"),
        ("http://h/a@2x.jpg", "http://h/a@2x.jpg"),
        ("http://h:80/a@2x.jpg", "http://h:80/a@2x.jpg"),
        ("http://h/a.jpg?w=100&h=200", "http://h/a.jpg?w=100&h=200"),
        ("http://me:pw@h/a.jpg", "http://…@h/a.jpg"),
        ("http:/me:pw@h/a.jpg", "http:/…@h/a.jpg"),
        ("//me:pw@h/a.jpg", "//…@h/a.jpg"),
        ("me:pw@h/a.jpg", "…@h/a.jpg"),
        ("http://me:p/w@h/a.jpg", "http://…@h/a.jpg"),
        ("http://me:p#w@h/a.jpg", "http://…@h/a.jpg"),
        ("http://h/?sig=abc", "http://h/?sig=…"),
        ("http://h/?sig[]=abc", "http://h/?sig[]=…"),
        ("http://h/?sig%3Dabc", "http://h/?…"),
        ("http://h/?w=1&SIG=a?b;c=d&h=2", "http://h/?w=1&SIG=…&h=2"),
        ("http://h/?X%2DAmz%2DSignature=abc&h=2", "http://h/?X%2DAmz%2DSignature=…&h=2"),
        ("http://h/a;jsessionid=abc", "http://h/a;jsessionid=…"),
        ("http://h/#access_token=abc", "http://h/#access_token=…"),
        ("http://h/?u=https%3A%2F%2Fx%2F%3Fsig%3Dabc&w=1", "http://h/?u=…&w=1"),
        ("http://h/?u=https://x/?sig=abc", "http://h/?u=https://x/?sig=…"),
        ("?token=abc", "?token=…"),
        ("http://h/?u=https%253A%252F%252Fme%253Apw%2540h", "http://h/?u=…"),
        ("http://[::1]/a@2x.jpg", "http://[::1]/a@2x.jpg"),
        ("http://h/1.jpg, http://me:pw@h/2.jpg", "http://h/1.jpg, http://…@h/2.jpg"),
    ],
)
def test_secrets_are_hidden_and_nothing_else(url: str, shown: str) -> None:
    """Passwords and signatures become an ellipsis; the rest of the URL can still be read."""
    assert redact(url) == shown


@given(TEXT)
def test_redacting_never_raises_and_is_stable(text: str) -> None:
    """Any garbage can be redacted, and what is redacted stays as it is."""
    shown = redact(text)
    assert redact(shown) == shown


MARK = st.text(alphabet=string.ascii_lowercase, min_size=8, max_size=8).map(lambda word: f"Q{word}9")


@given(st.sampled_from(SECRETS).flatmap(random_case), MARK, TEXT, TEXT, st.sampled_from("?&;#/"))
def test_a_signature_is_never_shown(name: str, secret: str, before: str, after: str, mark: str) -> None:
    """Whatever stands around a signature parameter, its value isn't shown."""
    assert secret not in redact(f"{before}{mark}{name}={secret}&{after}")


@given(MARK, st.text(alphabet="ab1/?#:&= .", max_size=5), st.sampled_from(["http://", "https:/", "//", "FTP://"]))
def test_a_password_is_never_shown(secret: str, torn: str, scheme: str) -> None:
    """Even a password whose raw characters tear the URL apart isn't shown."""
    shown = redact(f"{scheme}me:x{torn}{secret}@shop.example/a.jpg")
    assert secret not in shown


@pytest.mark.parametrize(
    "piece", ["@", ":", ":/", ":/a:", "//", "http://", "?", "&a=", ";x=", "%25", "a@", "/a:1@", " ", "."]
)
@pytest.mark.parametrize("end", ["", "@", "=", "=%2525@"])
def test_spite_costs_no_more_than_its_length(piece: str, end: str) -> None:
    """A long cell that is made to lead a pattern astray is through at once."""
    text = "http://h/" + piece * (50_000 // len(piece)) + end
    began = time.process_time()
    for cell in (text, text[9:], "http://" + text[9:]):
        parse(repair(cell))
        redact(cell)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("w=1&X-Amz-Signature=ab", "X-Amz-Signature"),
        ("Expires=1&Signature=ab&Key-Pair-Id=k", "Signature"),
        ("se=2030-01-01&sig=ab", "sig"),
        ("w=1&h=2", None),
        ("", None),
    ],
)
def test_signed_links_are_known_by_their_parameters(query: str, expected: str | None) -> None:
    """The parameter that signs a link is named."""
    assert signed_by(Link("", "http", "h", None, "/", query, "", None)) == expected
