"""What hostile, broken and half-dead hosts do: each a named scene with exactly the findings that it must get.

A scene is one host. Its script may depend on how often a path was asked, never on time; scenes whose finding is a
timeout hang for good, and the others answer as fast as they can, so that no limit that is generous can flip one.
"""

import asyncio
import gzip
import struct
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import NamedTuple

from hosts import Exchange, Script
from images import made, segment, with_segments

JPEG = made("JPEG", size=(1200, 900))
FAR = with_segments(JPEG, *[segment(0xE2, bytes(50_000))] * 3)
HTML = b"<!doctype html><title>Sign in</title><p>" + b"x" * 300
GZIP = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # how a gzip file begins that tells nothing of itself
EMPTY_BLOCK = b"\0\0\0\xff\xff"  # of deflate: five bytes that give none
STEP = 0.002  # seconds between two pieces that are to arrive apart; no finding depends on whether they do


class Scene(NamedTuple):
    """One host: its name, its findings in their order (nothing: the image passes), and how it meets a request.

    `slow` says that the finding is a timeout. `requests` is how many one look at it costs at most, `looks` how many
    looks it takes until the answer is final.
    """

    name: str
    codes: str
    script: Script
    requests: int = 1
    slow: bool = False
    looks: int = 1


# ── ways to answer ────────────────────────────────────────────────────────────────────────────────────────────────


def answer(status: str, body: bytes = b"", **headers: str) -> Script:
    """An ordinary answer to everything."""

    async def script(exchange: Exchange) -> None:
        await exchange.answer(status, body, **headers)

    return script


def ranged(content: bytes = JPEG, **headers: str) -> Script:
    """A resource with ranges."""

    async def script(exchange: Exchange) -> None:
        await exchange.answer_range(content, **headers)

    return script


def head(*lines: str, status: str = "200 OK", version: str = "HTTP/1.1") -> bytes:
    """The first part of an answer, its header lines as they are."""
    return "".join(f"{line}\r\n" for line in (f"{version} {status}", *lines, "")).encode("latin-1")


def wire(*pieces: bytes, end: Callable[[Exchange], None] = Exchange.close) -> Script:
    """Exactly these bytes, piece by piece, HTTP or not; then the connection is closed, unless told otherwise."""

    async def script(exchange: Exchange) -> None:
        for place, piece in enumerate(pieces):
            if place:
                await asyncio.sleep(STEP)
            await exchange.send(piece)
        end(exchange)

    return script


def keep(_: Exchange) -> None:
    """Leave the connection open for the next request."""


def silent(*pieces: bytes) -> Script:
    """These bytes, then nothing more."""

    async def script(exchange: Exchange) -> None:
        for piece in pieces:
            await exchange.send(piece)
        await exchange.hang()

    return script


def endless(first: bytes, again: bytes, pause: float = 0.0) -> Script:
    """The first bytes, then the others over and over, until the client leaves."""
    block = again if pause else again * max(1, 65_536 // len(again))

    async def script(exchange: Exchange) -> None:
        await exchange.send(first)
        while not exchange.writer.transport.is_closing():
            await exchange.send(block)
            await asyncio.sleep(pause)

    return script


def at_first(*turned_away: Script, then: Script) -> Script:
    """Another script for each of the first requests of a path."""

    async def script(exchange: Exchange) -> None:
        scripts = (*turned_away, then)
        await scripts[min(exchange.times, len(scripts)) - 1](exchange)

    return script


def without_range(then: Script, otherwise: Script) -> Script:
    """One script for requests with Range, another for those without."""

    async def script(exchange: Exchange) -> None:
        await (otherwise if "range" in exchange.headers else then)(exchange)

    return script


def on_reuse(then: Script, first: Script) -> Script:
    """One script for the first request of a connection, another for all that follow."""

    async def script(exchange: Exchange) -> None:
        await (first if exchange.number == 1 else then)(exchange)

    return script


def chunks(*parts: bytes) -> bytes:
    """A body in chunks, with its end."""
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


def deflated(content: bytes) -> bytes:
    """Deflate without the frame that HTTP asks for, as some hosts send it."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def bomb(first: bytes, size: int) -> bytes:
    """A small gzip of so many bytes: the first ones, then what compresses a thousandfold."""
    packer = zlib.compressobj(9, wbits=31)
    block = segment(0xE2, bytes(65_000))
    packed = [packer.compress(first), *(packer.compress(block) for _ in range(size // len(block))), packer.flush()]
    return b"".join(packed)


def empty_blocks(first: bytes, size: int) -> bytes:
    """A gzip that goes on after its first bytes for so many more, and gives nothing for them."""
    return GZIP + b"\0" + struct.pack("<HH", len(first), len(first) ^ 0xFFFF) + first + EMPTY_BLOCK * (size // 5)


# ── the scenes ────────────────────────────────────────────────────────────────────────────────────────────────────

LENGTH = f"Content-Length: {len(JPEG)}"
CLOSED = "Connection: close"
CHUNKED = "Transfer-Encoding: chunked"
PART = JPEG[:4096]
SPAN = f"Content-Range: bytes 0-4095/{len(JPEG)}"

STATUSES = (
    *(Scene(f"status-{status}", "not-found", answer(f"{status} No")) for status in (404, 410)),
    *(
        Scene(f"status-{status}", "http-error", answer(f"{status} No", b"no"))
        for status in (400, 402, 405, 406, 408, 413, 414, 417, 418, 421, 422, 425, 426, 431, 444, 499)
    ),
    *(Scene(f"status-{status}", "access-denied", answer(f"{status} No", HTML)) for status in (401, 403, 407, 451)),
    Scene("status-429", "rate-limited", answer("429 Too Many Requests")),
    *(
        Scene(f"status-{status}", "server-error", answer(f"{status} No"))
        for status in (500, 501, 502, 503, 504, 505, 507, 511, 520, 530, 599)
    ),
    *(
        Scene(f"status-{status}", "unexpected-status", answer(f"{status} Odd", JPEG))
        for status in (201, 202, 203, 207, 226, 300, 305, 306, 600, 999)
    ),
    Scene("status-205", "unexpected-status", answer("205 Reset Content")),
    Scene("status-304", "unexpected-status", wire(head(status="304 Not Modified"), end=keep)),
    Scene("status-101", "unexpected-status", wire(head("Upgrade: h2c", "Connection: Upgrade", status="101 Switch"))),
    Scene("status-204", "empty-body", wire(head(status="204 No Content"), end=keep)),
    Scene("status-204-with-body", "empty-body", wire(head(LENGTH, status="204 No Content") + JPEG)),
    Scene("status-304-with-body", "unexpected-status", wire(head(LENGTH, status="304 Not Modified") + JPEG)),
    Scene("status-of-two-digits", "protocol-error", wire(head(LENGTH, status="20 OK") + JPEG)),
    Scene("status-of-four-digits", "protocol-error", wire(head(LENGTH, status="2000 OK") + JPEG)),
    Scene("status-below-100", "unexpected-status", wire(head(LENGTH, status="099 Odd") + JPEG)),
    Scene("status-without-reason", "", wire(head(LENGTH, status="200") + JPEG)),
    Scene("no-bytes", "empty-body", answer("200 OK", Content_Type="image/jpeg")),
    Scene("html", "html-page", answer("200 OK", HTML)),
)

TARGETS = {
    "relative": "../b.jpg",
    "scheme-relative": "//127.0.0.9/b.jpg",
    "absolute": "http://127.0.0.9/b.jpg",
    "to-itself": "/a.jpg",
    "in-circles": "http://127.0.0.1/a.jpg?1",
    "empty": "",
    "garbage": "http://[::bad/\x01\x7f",
    "not-ascii": "/caf\xe9/\xff.jpg",
    "to-a-file": "file:///etc/passwd",
    "script": "javascript:alert(1)",
    "long": "/" + "x" * 20_000,
}

MOVED = (301, 302, 303, 307, 308)


def moved(status: int, target: str) -> Script:
    """A redirect with this Location, as it is."""
    return wire(head(f"Location: {target}", "Content-Length: 0", status=f"{status} Moved"), end=keep)


REDIRECTS = (
    *(Scene(f"redirect-{name}", "redirect", moved(302, target)) for name, target in TARGETS.items()),
    *(Scene(f"redirect-{status}", "redirect", moved(status, "/b.jpg")) for status in MOVED),
    *(Scene(f"redirect-{status}-away", "redirect", moved(status, "http://127.0.0.9/b.jpg")) for status in MOVED),
    *(Scene(f"redirect-{status}-nowhere", "redirect", answer(f"{status} Moved")) for status in MOVED),
    Scene(
        "redirect-twice",
        "redirect",
        wire(head("Location: /b.jpg", "Location: /c.jpg", "Content-Length: 0", status="302 Found"), end=keep),
    ),
    Scene("redirect-with-image", "redirect", answer("302 Found", JPEG, Location="/b.jpg")),
    Scene("refresh-header", "", answer("200 OK", JPEG, Refresh="0; url=/b.jpg")),
)


async def _away_until_now(exchange: Exchange) -> None:
    await exchange.answer("503 Busy", Retry_After=format_datetime(datetime.now(UTC), usegmt=True))


TURNED_AWAY: dict[str, Script] = {
    "": answer("503 Busy"),
    "-seconds": answer("503 Busy", Retry_After="0"),
    "-date": _away_until_now,
    "-past-date": answer("429 No", Retry_After="Sun, 06 Nov 1994 08:49:37 GMT"),
    "-limited": answer("429 No", Retry_After="0"),
    "-garbage": answer("503 Busy", Retry_After="soon\x01"),
    "-negative": answer("503 Busy", Retry_After="-5"),
    "-reset": wire(end=Exchange.reset),
    "-timeout": answer("408 Request Timeout", Retry_After="0"),
}
BUSY = tuple(
    Scene(f"busy-once{name}", "", at_first(away, then=ranged()), looks=2) for name, away in TURNED_AWAY.items()
)

HEADERS = (
    Scene("headers-half-sent", "timeout", silent(b"HTTP/1.1 200 OK\r\nContent-Le"), slow=True),
    Scene("headers-half-closed", "connection-lost", wire(b"HTTP/1.1 200 OK\r\nContent-Le")),
    Scene("headers-endless", "protocol-error", endless(b"HTTP/1.1 200 OK\r\n", b"X-Again: and again\r\n")),
    Scene("header-line-endless", "protocol-error", endless(b"HTTP/1.1 200 OK\r\nX-Again: ", b"again")),
    Scene("header-name-endless", "protocol-error", endless(b"HTTP/1.1 200 OK\r\n", b"Again")),
    Scene("reason-endless", "protocol-error", endless(b"HTTP/1.1 200 ", b"OK ")),
    Scene("line-breaks-endless", "protocol-error", endless(b"", b"\r\n")),
    Scene("header-huge", "protocol-error", wire(head("X-Huge: " + "y" * 70_000, LENGTH) + JPEG)),
    Scene("headers-200", "", wire(head(*(f"X-{n}: y" for n in range(199)), LENGTH) + JPEG, end=keep)),
    Scene("headers-201", "protocol-error", wire(head(*(f"X-{n}: y" for n in range(200)), LENGTH) + JPEG)),
    Scene(
        "headers-of-100-kb-together",
        "protocol-error",
        wire(head(*(f"X-{n}: {'y' * 1000}" for n in range(100)), LENGTH) + JPEG),
    ),
    Scene("header-not-ascii", "", wire(head("X-Name: caf\xe9 \xff", LENGTH) + JPEG, end=keep)),
    Scene("header-name-not-ascii", "protocol-error", wire(head("X-N\xe4me: y", LENGTH) + JPEG)),
    Scene("header-without-colon", "protocol-error", wire(head("what is this", LENGTH) + JPEG)),
    Scene("header-space-before-colon", "protocol-error", wire(head("X-Name : y", LENGTH) + JPEG)),
    Scene("header-nul", "protocol-error", wire(head("X-Name: a\0b", LENGTH) + JPEG)),
    Scene("header-folded", "", wire(head("X-Name: a,\r\n\tb", LENGTH) + JPEG, end=keep)),
    Scene("type-folded", "", wire(head("Content-Type:\r\n image/jpeg", LENGTH) + JPEG, end=keep)),
    # RFC 9110 section 8.6 forbids a host to say its length twice, and lets a recipient take or refuse two that agree.
    # They are refused: nobody knows what Amazon's fetcher makes of them, and a seller should hear of such a host.
    Scene("length-twice", "protocol-error", wire(head(LENGTH, LENGTH) + JPEG)),
    Scene("length-listed", "protocol-error", wire(head(f"{LENGTH}, {len(JPEG)}") + JPEG)),
    Scene("lengths-conflict", "protocol-error", wire(head("Content-Length: 5", LENGTH) + JPEG)),
    Scene("length-negative", "protocol-error", wire(head("Content-Length: -5") + JPEG)),
    Scene("length-garbage", "protocol-error", wire(head("Content-Length: many") + JPEG)),
    Scene("length-beyond-64-bits", "protocol-error", wire(head("Content-Length: " + "9" * 40) + JPEG)),
    Scene("length-and-chunked", "protocol-error", wire(head(LENGTH, CHUNKED) + chunks(JPEG))),
    Scene("coding-unheard-of", "", wire(head("Transfer-Encoding: snail, chunked, snail") + JPEG)),
    Scene("line-feeds-only", "", wire(head(LENGTH, CLOSED).replace(b"\r\n", b"\n") + JPEG)),
    Scene("blank-lines-first", "", wire(b"\r\n\r\n" + head(LENGTH) + JPEG, end=keep)),
    Scene("headers-byte-by-byte", "", wire(*(bytes((byte,)) for byte in head(LENGTH)), JPEG, end=keep)),
)

_SURPLUS = b"surplus that nobody asked for"
_STRAY = head("Content-Length: 4", status="404 Stray") + b"gone"

BODIES = (
    Scene("body-endless", "image-undetermined", endless(head(CLOSED) + JPEG[:2], segment(0xE2, bytes(60_000)))),
    Scene("body-endless-zeros", "not-an-image", endless(head(CLOSED), bytes(4096))),
    Scene("body-endless-text", "not-an-image", endless(head(CLOSED), b"lorem ipsum ")),
    Scene("body-endless-404", "not-found", endless(head(CLOSED, status="404 Not Found"), b"lorem ipsum ")),
    Scene(
        "body-endless-of-a-huge-length",
        "file-too-large",
        endless(head(f"Content-Length: {10**15}") + JPEG, bytes(4096)),
    ),
    Scene("body-shorter", "connection-lost", wire(head(LENGTH) + JPEG[:300])),
    Scene("body-shorter-kept", "timeout", silent(head(LENGTH) + JPEG[:300]), slow=True),
    Scene("body-shorter-404", "not-found", wire(head("Content-Length: 99", status="404 Not Found") + b"gone")),
    Scene("body-longer", "", wire(head(LENGTH) + JPEG + _SURPLUS)),
    Scene("body-longer-apart", "", wire(head(LENGTH) + JPEG, _SURPLUS)),
    Scene("body-longer-in-pieces", "", wire(head(LENGTH), JPEG[:500], JPEG[500:] + _SURPLUS)),
    Scene("body-longer-kept", "", wire(head(LENGTH) + JPEG + _SURPLUS, end=keep)),
    Scene("body-longer-closing", "", wire(head(LENGTH, CLOSED) + JPEG + _SURPLUS)),
    Scene("body-longer-404", "not-found", wire(head("Content-Length: 2", status="404 Not Found") + b"gone", end=keep)),
    Scene("body-trickling", "timeout", endless(head(LENGTH), b"\xff", 0.2), slow=True),
    Scene("body-stalling", "timeout", silent(head(LENGTH) + JPEG[:300]), slow=True),
    Scene("body-chunked", "", wire(head(CHUNKED) + chunks(JPEG[:700], JPEG[700:]), end=keep)),
    Scene("body-in-chunks-of-one-byte", "", wire(head(CHUNKED) + chunks(*(bytes((byte,)) for byte in JPEG)), end=keep)),
    Scene("body-chunked-trailers", "", wire(head(CHUNKED) + chunks(JPEG)[:-2] + b"X-Sum: 1\r\n\r\n", end=keep)),
    Scene("body-chunked-extension", "", wire(head(CHUNKED) + chunks(JPEG).replace(b"\r\n", b";a=b\r\n", 1), end=keep)),
    Scene("chunk-size-garbage", "protocol-error", wire(head(CHUNKED) + b"what\r\nis this")),
    Scene("chunk-size-garbage-apart", "protocol-error", wire(head(CHUNKED), b"what\r\nis this", end=keep)),
    Scene(
        "chunk-bad-in-the-middle",
        "protocol-error",
        wire(head(CHUNKED) + b"20\r\n" + JPEG[:32] + b"\r\nzz\r\n", end=keep),
    ),
    Scene(
        "chunk-bad-in-the-next-packet",
        "protocol-error",
        wire(head(CHUNKED) + b"20\r\n" + JPEG[:32], b"\r\nzz\r\n", end=keep),
    ),
    Scene("chunk-without-end", "protocol-error", wire(head(CHUNKED) + b"20\r\n" + JPEG[:99], end=keep)),
    Scene("chunks-stop", "connection-lost", wire(head(CHUNKED) + b"200\r\n" + JPEG[:99])),
    Scene("chunk-extension-endless", "protocol-error", endless(head(CHUNKED) + b"5;", b"a=b;")),
    Scene(
        "chunk-trailers-endless",
        "protocol-error",
        endless(head(CHUNKED) + b"20\r\n" + JPEG[:32] + b"\r\n0\r\n", b"X-A: b\r\n"),
    ),
    Scene(
        "chunks-of-one-byte-endless",
        "image-undetermined",
        endless(head(CHUNKED) + chunks(JPEG[:2])[:-5], b"1\r\n\xff\r\n"),
    ),
    Scene("two-answers-at-once", "", wire(head(LENGTH) + JPEG + _STRAY, end=keep)),
    Scene("two-answers-apart", "", wire(head(LENGTH) + JPEG, _STRAY, end=keep)),
    Scene("no-body-as-if-to-head", "timeout", silent(head(LENGTH, "Content-Type: image/jpeg")), slow=True),
    Scene("no-body-as-if-to-head-closed", "connection-lost", wire(head(LENGTH, "Content-Type: image/jpeg"))),
)

# A whole answer that comes behind its own, once the next question is on its way, is by HTTP/1.1 the answer to that.
INSIDIOUS = frozenset({"two-answers-apart"})

BREAKS = (
    Scene("closed-before", "connection-lost", wire()),
    Scene("reset-before", "connection-lost", wire(end=Exchange.reset)),
    Scene("reset-in-headers", "connection-lost", wire(b"HTTP/1.1 200 OK\r\nContent-Le", end=Exchange.reset)),
    Scene("reset-after-headers", "connection-lost", wire(head(LENGTH), end=Exchange.reset)),
    Scene("reset-in-body", "connection-lost", wire(head(LENGTH) + JPEG[:300], end=Exchange.reset)),
    Scene("reset-in-chunks", "connection-lost", wire(head(CHUNKED) + b"200\r\n" + JPEG[:99], end=Exchange.reset)),
    Scene("reset-in-unmeasured-body", "connection-lost", wire(head(CLOSED) + JPEG[:300], end=Exchange.reset)),
    Scene("silence", "timeout", silent(), slow=True),
)

INTERIM = (
    Scene("interim-100", "", wire(head(status="100 Continue") + head(LENGTH) + JPEG, end=keep)),
    Scene("interim-103", "", wire(head("Link: </a.css>", status="103 Early Hints"), head(LENGTH) + JPEG, end=keep)),
    Scene("interim-many", "", wire(head(status="102 Processing") * 50 + head(LENGTH) + JPEG, end=keep)),
    Scene("interim-endless", "protocol-error", endless(b"", head(status="100 Continue"))),
    Scene("interim-endless-with-headers", "protocol-error", endless(b"", head("X-A: b", status="103 Early Hints"))),
    Scene("interim-only", "connection-lost", wire(head(status="100 Continue"))),
)

OTHER_PROTOCOLS = (
    Scene("http-1.0", "", wire(head(LENGTH, version="HTTP/1.0") + JPEG)),
    Scene("http-1.0-kept", "", wire(head(LENGTH, "Connection: keep-alive", version="HTTP/1.0") + JPEG, end=keep)),
    Scene("http-1.0-unmeasured", "", wire(head(version="HTTP/1.0") + JPEG)),
    Scene("http-0.9", "protocol-error", wire(HTML)),
    Scene("http-0.9-image", "protocol-error", wire(JPEG)),
    Scene("http-2", "protocol-error", wire(b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0d\0\4\0\1\0\0\0\2\0\0\0\0")),
    Scene("http-3.7", "protocol-error", wire(head(LENGTH, version="HTTP/3.7") + JPEG)),
    Scene("ssh", "protocol-error", wire(b"SSH-2.0-OpenSSH_9.6\r\n")),
    Scene("smtp", "protocol-error", wire(b"220 mail.example ESMTP\r\n")),
    Scene("tls", "protocol-error", wire(b"\x15\x03\x03\0\2\2\x16")),
    Scene("icy", "protocol-error", wire(head(LENGTH).replace(b"HTTP/1.1", b"ICY") + JPEG)),
    Scene("garbage", "protocol-error", wire(bytes(range(256)) * 4)),
    Scene("request-back", "protocol-error", wire(b"GET / HTTP/1.1\r\nHost: you\r\n\r\n")),
)


def partial(*lines: str, body: bytes = PART) -> Script:
    """A 206 with these headers."""
    return wire(head(f"Content-Length: {len(body)}", *lines, status="206 Partial Content") + body, end=keep)


def changed(content: bytes, **headers: str) -> Script:
    """Another file from the second range on."""
    return at_first(ranged(FAR, ETag='"1"'), then=ranged(content, **headers))


def then_416(span: str) -> Script:
    """Only the first range, then that of which it is none; and the whole for who asks for it."""
    beyond = without_range(answer("200 OK", FAR), answer("416 No", Content_Range=span))
    return at_first(ranged(FAR), then=beyond)


async def _nothing(exchange: Exchange) -> None:
    """The very range that was asked for, without a byte of it."""
    span = exchange.headers["range"].replace("=", " ")
    await partial(f"Content-Range: {span}/{len(FAR)}", body=b"")(exchange)


WHOLE = answer("200 OK", JPEG)
CUT = JPEG[:150]
CUT_PART = partial("Content-Range: bytes 0-149/*", body=CUT)
_MULTIPART = b"--x\r\nContent-Type: image/jpeg\r\n" + f"{SPAN}\r\n\r\n".encode() + PART + b"\r\n--x--\r\n"

RANGES = (
    Scene("range", "", ranged()),
    Scene("range-far", "", ranged(FAR), 8),
    Scene("range-ignored", "", WHOLE),
    Scene("range-ignored-far", "", answer("200 OK", FAR)),
    Scene("range-missing", "", without_range(WHOLE, partial()), 2),
    Scene("range-garbage", "", without_range(WHOLE, partial("Content-Range: what is this")), 2),
    Scene("range-backwards", "", without_range(WHOLE, partial("Content-Range: bytes 9-3/900")), 2),
    Scene("range-beyond-total", "", without_range(WHOLE, partial("Content-Range: bytes 0-4095/10")), 2),
    Scene("range-elsewhere", "", without_range(WHOLE, partial("Content-Range: bytes 7-4102/90000")), 2),
    Scene("range-of-other-unit", "", without_range(WHOLE, partial(SPAN.replace("bytes", "pages"))), 2),
    Scene(
        "range-multipart",
        "",
        without_range(WHOLE, partial("Content-Type: multipart/byteranges; boundary=x", body=_MULTIPART)),
        2,
    ),
    Scene(
        "range-multipart-always",
        "protocol-error",
        partial("Content-Type: multipart/byteranges; boundary=x", body=_MULTIPART),
        2,
    ),
    Scene("range-unasked", "protocol-error", partial(), 2),
    Scene("range-of-unknown-total", "", partial("Content-Range: bytes 0-4095/*")),
    Scene("range-shorter", "", without_range(WHOLE, partial(SPAN, body=JPEG[:2000])), 3),
    Scene("range-cut", "", without_range(WHOLE, partial("Content-Range: bytes 0-99/*", body=JPEG[:100])), 2),
    Scene("range-of-one-byte", "", without_range(WHOLE, partial("Content-Range: bytes 0-0/*", body=JPEG[:1])), 2),
    Scene("range-cut-of-a-cut-image", "image-truncated", without_range(answer("200 OK", CUT), CUT_PART), 2),
    Scene("range-empty", "empty-body", partial(SPAN, body=b"")),
    Scene("range-all", "", partial(f"Content-Range: bytes 0-{len(JPEG) - 1}/{len(JPEG)}", body=JPEG)),
    Scene("416", "", without_range(WHOLE, answer("416 No", Content_Range=f"bytes */{len(JPEG)}")), 2),
    Scene("416-bare", "", without_range(WHOLE, answer("416 No")), 2),
    Scene("416-garbage", "", without_range(WHOLE, answer("416 No", Content_Range="bytes 5")), 2),
    Scene("416-empty", "empty-body", answer("416 No", Content_Range="bytes */0")),
    Scene("416-always", "http-error", answer("416 No"), 2),
    Scene("range-changed-tag", "image-undetermined", changed(FAR, ETag='"2"'), 2),
    Scene("range-changed-total", "image-undetermined", changed(FAR + b"x", ETag='"1"'), 2),
    Scene("range-tag-lost", "image-undetermined", changed(FAR), 2),
    Scene(
        "range-then-whole",
        "",
        at_first(ranged(FAR), then=answer("200 OK", FAR)),
        2,
    ),
    Scene("range-then-gone", "not-found", at_first(ranged(FAR), then=answer("404 Not Found")), 2),
    Scene("range-then-416", "http-error", at_first(ranged(FAR), then=answer("416 No")), 3),
    Scene("range-then-416-of-the-same", "", then_416(f"bytes */{len(FAR)}"), 3),
    Scene("range-then-416-of-unknown-total", "", then_416("bytes */*"), 3),
    Scene("range-then-416-of-another", "image-undetermined", then_416(f"bytes */{len(FAR) // 2}"), 2),
    Scene("range-then-416-of-nothing", "image-undetermined", then_416("bytes */0"), 2),
    Scene("range-then-empty", "", at_first(ranged(FAR), then=without_range(answer("200 OK", FAR), _nothing)), 3),
)


def coded(coding: str, content: bytes, *lines: str) -> Script:
    """A 200 of this content coding."""
    return wire(head(f"Content-Length: {len(content)}", f"Content-Encoding: {coding}", *lines) + content, end=keep)


_GZIPPED = gzip.compress(JPEG)
_EMPTY_BLOCKS = empty_blocks(b"", 20_000_000)
GZIPPING = head("Content-Encoding: gzip", CLOSED)

CODINGS = (
    Scene("gzip", "", coded("gzip", _GZIPPED)),
    Scene("gzip-far", "", coded("gzip", gzip.compress(FAR))),
    Scene("gzip-capitals", "", coded(" X-GZip ", _GZIPPED)),
    Scene("gzip-in-two-members", "", coded("gzip", gzip.compress(JPEG[:90]) + gzip.compress(JPEG[90:]))),
    Scene("gzip-and-padding", "", coded("gzip", _GZIPPED + bytes(50))),
    Scene(
        "gzip-chunked", "", wire(head(CHUNKED, "Content-Encoding: gzip") + chunks(_GZIPPED[:9], _GZIPPED[9:]), end=keep)
    ),
    Scene(
        "gzip-byte-by-byte",
        "",
        wire(head("Content-Encoding: gzip", CLOSED), *(bytes((b,)) for b in _GZIPPED[:40]), _GZIPPED[40:]),
    ),
    Scene("gzip-page", "html-page", coded("gzip", gzip.compress(HTML))),
    Scene("gzip-empty", "empty-body", coded("gzip", b"")),
    Scene("gzip-of-nothing", "empty-body", coded("gzip", gzip.compress(b""))),
    Scene("gzip-cut", "image-truncated", coded("gzip", gzip.compress(made("JPEG", size=(1200, 900))[:150]))),
    Scene("gzip-in-name-only", "protocol-error", coded("gzip", JPEG)),
    Scene("gzip-broken-later", "protocol-error", coded("gzip", gzip.compress(FAR)[:60] + b"\xff" * 500)),
    Scene(
        "gzip-ranged",
        "",
        without_range(coded("gzip", _GZIPPED), partial(SPAN, "Content-Encoding: gzip", body=_GZIPPED[:4096])),
        2,
    ),
    Scene("gzip-ranged-always", "protocol-error", partial(SPAN, "Content-Encoding: gzip", body=_GZIPPED[:4096]), 2),
    Scene("gzip-bomb", "image-undetermined", coded("gzip", bomb(JPEG[:2], 300_000_000))),
    Scene("gzip-bomb-of-zeros", "not-an-image", coded("gzip", gzip.compress(bytes(50_000_000)))),
    Scene(
        "gzip-of-endless-nothing",
        "protocol-error",
        endless(head("Content-Encoding: gzip", CLOSED), gzip.compress(b"")),
    ),
    Scene("gzip-of-endless-empty-blocks", "protocol-error", endless(GZIPPING + GZIP, EMPTY_BLOCK)),
    Scene("gzip-of-endless-name", "protocol-error", endless(GZIPPING + b"\x1f\x8b\x08\x08\0\0\0\0\0\xff", b"name")),
    Scene("gzip-and-endless-padding", "image-truncated", endless(GZIPPING + gzip.compress(CUT), b"\0")),
    Scene("gzip-of-empty-blocks-in-gzip", "protocol-error", coded("gzip, gzip", gzip.compress(_EMPTY_BLOCKS))),
    Scene(
        "gzip-of-empty-blocks-in-gzip-in-gzip",
        "protocol-error",
        coded("gzip, gzip, gzip", gzip.compress(gzip.compress(_EMPTY_BLOCKS))),
    ),
    Scene(
        "gzip-of-image-and-empty-blocks-in-gzip",
        "image-undetermined",
        coded("gzip, gzip", gzip.compress(empty_blocks(JPEG[:20], 20_000_000))),
    ),
    Scene("deflate", "", coded("deflate", zlib.compress(JPEG))),
    Scene("deflate-raw", "", coded("deflate", deflated(JPEG))),
    Scene("deflate-garbage", "protocol-error", coded("deflate", b"\xff\xff what is this")),
    Scene("gzip-twice", "", coded("gzip, gzip", gzip.compress(_GZIPPED))),
    Scene(
        "gzip-in-two-headers",
        "",
        coded("gzip", gzip.compress(_GZIPPED), "Content-Encoding: gzip"),
    ),
    Scene("deflate-then-gzip", "", coded("deflate, gzip", gzip.compress(zlib.compress(JPEG)))),
    Scene("gzip-ten-times", "protocol-error", coded(", ".join(["gzip"] * 10), _GZIPPED)),
    Scene("gzip-bomb-in-gzip", "image-undetermined", coded("gzip, gzip", gzip.compress(bomb(JPEG[:2], 300_000_000)))),
    Scene("brotli", "protocol-error", coded("br", b"\x0b\x02\x80hello\x03")),
    Scene("zstd", "protocol-error", coded("zstd", b"\x28\xb5\x2f\xfd\x20\5\x29\0\0hello")),
    Scene("identity", "", coded("identity", JPEG)),
    Scene("coding-empty", "", coded("", JPEG)),
    Scene("coding-aws-chunked", "", coded("aws-chunked", JPEG)),
    Scene("coding-utf-8", "", coded("utf-8", JPEG)),
    Scene("coding-not-ascii", "", coded("caf\xe9", JPEG)),
)


def typed(content_type: str, content: bytes = JPEG) -> Script:
    """A 200 of this type."""
    return wire(head(f"Content-Length: {len(content)}", f"Content-Type: {content_type}") + content, end=keep)


TYPES = (
    Scene("type-missing", "", wire(head(LENGTH) + JPEG, end=keep)),
    Scene("type-right", "", typed("image/jpeg")),
    Scene("type-with-parameters", "", typed("Image/JPEG; charset=utf-8; q=1")),
    Scene("type-wrong", "content-type-mismatch", typed("image/png")),
    Scene("type-garbage", "", typed(";;;\x01 what")),
    Scene("type-not-ascii", "content-type-mismatch", typed("image/caf\xe9")),
    Scene("type-html", "", typed("text/html")),
    Scene("type-image-of-html", "html-page", typed("image/jpeg", HTML)),
    Scene("type-twice", "", wire(head(LENGTH, "Content-Type: image/jpeg", "Content-Type: text/html") + JPEG, end=keep)),
    Scene("tag-not-ascii", "", wire(head(LENGTH, "ETag: \xff\xfe", "Last-Modified: \xe9") + JPEG, end=keep)),
)

SCENES: Sequence[Scene] = (
    *STATUSES,
    *REDIRECTS,
    *BUSY,
    *HEADERS,
    *BODIES,
    *BREAKS,
    *INTERIM,
    *OTHER_PROTOCOLS,
    *RANGES,
    *CODINGS,
    *TYPES,
)
