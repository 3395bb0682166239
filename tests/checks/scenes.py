"""Scenes: the facts of one image each, and exactly the codes that they must give under the default policy."""

from typing import NamedTuple

from auditor import policies
from auditor.checks import Judge
from auditor.model import (
    Answered,
    BadRow,
    BadRowReason,
    Body,
    Cause,
    Color,
    Corrupt,
    Doubt,
    Excess,
    Excessive,
    Finding,
    Flaw,
    Format,
    ImageInfo,
    ImageRef,
    Kind,
    NotAnImage,
    Page,
    Pixels,
    Probe,
    TlsFault,
    Undetermined,
    Unmeasured,
    Unreached,
)

URL = "http://shop.example/a.jpg"
SIGNED = URL + "?Expires=1&Signature=SECRET"
SHARED = (
    "https://www.dropbox.com/s/x/a.jpg",
    "https://drive.google.com/file/d/1/view",
    "https://photos.app.goo.gl/x",
    "https://1drv.ms/i/x",
    "https://shop-my.sharepoint.com/x",
    "https://www.icloud.com/photos/x",
    "https://app.box.com/s/x",
    "https://we.tl/t-x",
    "https://imgur.com/x",
    "https://flic.kr/p/x",
    "https://ibb.co/x",
    "https://postimg.cc/x",
)  # one link to each service
POLICY = policies.load("amazon-us-2022")
NOW = 1_795_392_000.0  # 23 November 2026
JUDGE = Judge(POLICY, now=NOW)


class Scene(NamedTuple):
    """One image: its cell, what the server did (None: nobody was asked), and the codes expected, in their order."""

    url: str
    probe: Probe | None
    codes: str  # separated by spaces
    slot: str = "MAIN"
    asin: str = "B000000001"
    sku: str = "sku"
    earlier: tuple[ImageRef, ...] = ()


def ref(
    url: str = URL, slot: str = "MAIN", asin: str = "B000000001", sku: str = "sku", marketplace: str = ""
) -> ImageRef:
    """One image of row 2."""
    return ImageRef("feed.tsv", 2, asin, sku, marketplace, slot, url)


def image(of: Format = Format.JPEG, width: int = 1600, height: int = 1200, **facts: object) -> ImageInfo:
    """An image without fault, but for the facts given."""
    return ImageInfo(of, width, height, color=Color.RGB)._replace(**facts)  # type: ignore[arg-type]  # names are the test's


def answered(body: Body | None, status: int = 206, **facts: object) -> Answered:
    """An answer with a body, and the facts given."""
    return Answered(status, body=body)._replace(**facts)  # type: ignore[arg-type]  # names are the test's


def cell(url: str, codes: str, slot: str = "MAIN") -> Scene:
    """A cell that tells enough by itself."""
    return Scene(url, None, codes, slot)


def body(what: Body, codes: str, url: str = URL, slot: str = "MAIN") -> Scene:
    """A body, whatever it is."""
    return Scene(url, answered(what), codes, slot)


def status(number: int, codes: str, **facts: object) -> Scene:
    """A status without a body that was looked at."""
    return Scene(URL, answered(None, number, **facts), codes)


def measures(width: int, height: int, codes: str, slot: str = "MAIN") -> Scene:
    """A JPEG of this size."""
    return body(image(width=width, height=height), codes, slot=slot)


def declared(content_type: str | None, of: Format, codes: str, suffix: str = "") -> Scene:
    """An image that says what it is by its type and its name."""
    return Scene(f"http://shop.example/a{suffix}", answered(image(of), content_type=content_type), codes)


BAD_ROWS = tuple(BadRow("feed.tsv", 7, reason, "…") for reason in BadRowReason)

ROWS = (
    cell(URL, ""),
    cell("https://shop.example:8443/img/red_shoe-01.v2~a,b+c=d:e/%20.JPG", ""),
    Scene(URL, None, "product-id-missing", asin="", sku=""),
    Scene(URL, None, "", asin=""),
    Scene(URL, None, "", sku=""),
    Scene(URL, None, "", asin="0123456789"),
    Scene(URL, None, "asin-malformed", asin="b000000001"),
    Scene(URL, None, "asin-malformed", asin="B00000001"),
    Scene(URL, None, "asin-malformed", asin="B0000000012"),
    Scene(URL, None, "asin-malformed", asin="B00000000é"),
    Scene(URL, None, "asin-malformed", asin="B000000001\n"),
    Scene(URL, None, "", slot="PT01", asin="b0", earlier=(ref(slot="MAIN", url="http://h/1.jpg"),)),
    Scene("", None, "product-id-missing main-image-missing", asin="", sku=""),
    cell("", "main-image-missing"),
    cell("", "", "PT01"),
    cell(" \xa0", "cell-repaired main-image-missing"),
    cell("\ufeff", "cell-repaired", "PT01"),
    Scene(URL, None, "url-repeated", slot="PT01", earlier=(ref(),)),
    Scene(URL + " ", None, "cell-repaired url-repeated", slot="PT01", earlier=(ref(slot="MAIN"),)),
    Scene(URL, None, "", slot="PT01", earlier=(ref(URL.upper()),)),
    Scene(URL, None, "", slot="MAIN", earlier=(ref(marketplace="ATVPDKIKX0DER"),)),
    Scene(URL, None, "", slot="PT01", earlier=(ref(marketplace="ATVPDKIKX0DER"),)),
)

LINKS = (
    cell("none", "url-malformed"),
    cell("n/a", "url-malformed"),
    cell("http:///a.jpg", "url-malformed"),
    cell("http://", "url-malformed"),
    cell("http:/shop.example/a.jpg", "url-malformed"),
    cell("http://shop..example/a.jpg", "url-malformed"),
    cell("http://shop.example:99999/a.jpg", "url-malformed"),
    cell("http://my shop.example/a.jpg", "url-malformed"),
    cell("C:\\photos\\a.jpg", "url-malformed"),
    cell("\\\\server\\share\\a.jpg", "url-malformed"),
    cell("file:///C:/a.jpg", "url-malformed"),
    cell("data:image/png;base64,AAAA", "url-malformed"),
    cell("a.jpg", "url-relative"),
    cell("/img/a.jpg", "url-relative"),
    cell("images/my photo.jpg", "url-relative"),
    cell("//shop.example/a.jpg", "url-relative"),
    cell("www.shop.example/a.jpg", "url-relative"),
    cell("shop.example:8080/a.jpg", "url-relative"),
    cell("ftp://shop.example/a.jpg", "url-scheme"),
    cell("htp://shop.example/a.jpg", "url-scheme"),
    cell("s3://bucket/a.jpg", "url-not-checkable"),
    cell("http://shop.example/my photo.jpg", "url-unsafe-characters"),
    cell("http://shop.example/a\u200b.jpg", "url-unsafe-characters"),
    cell("http://shop.example/a\xa0.jpg", "url-unsafe-characters"),
    cell("http://shop.example/a\ufeff.jpg", "url-unsafe-characters"),
    cell("http://shop.example/a\x7f.jpg", "url-unsafe-characters"),
    cell("http://shop.example/a\nb.jpg", "url-unsafe-characters"),
    cell("http://shop.example/a\tb.jpg", "url-unsafe-characters"),
    cell("http://shop.example/\u2028b.jpg", "url-unsafe-characters"),
    cell("http://shop.example/schön.jpg", "url-unsafe-characters"),
    cell("“http://shop.example/a.jpg”", "url-malformed"),
    cell("http://shop.example/“a”.jpg", "url-unsafe-characters"),
    # A server may know what an escape of HTML stands for, or not: it is asked for as it is written.
    cell("http://shop.example/a.jpg?x=1&amp;y=2", "url-query-string"),
    cell("http://shop.example/a&amp;b.jpg", "url-discouraged-characters"),
    cell("<http://shop.example/a.jpg>", "url-malformed"),
    cell("see http://shop.example/a.jpg", "url-malformed"),
    cell("Photo: http://shop.example/a.jpg", "url-malformed"),
    cell("shop.example/i?u=http://shop.example/a.jpg", "url-relative"),
    cell("http://bücher.example/a.jpg", "url-unsafe-characters"),
    cell("http://a.example/1.jpg http://a.example/2.jpg", "url-several"),
    cell("http://a.example/1.jpg,https://a.example/2.jpg;http://a.example/3.jpg", "url-several"),
    cell("http://a.example/1.jpg|http://a.example/2.jpg", "url-several"),
    cell("http://a.example/1.jpghttp://a.example/2.jpg", "url-several"),
    cell("http://a.example\nhttp://b.example", "url-several"),
    cell("http://cdn.example/fetch/https://a.example/2.jpg", ""),
    cell("http://cdn.example/i?u=https://a.example/2.jpg", "url-query-string"),
    cell("http://me:pw@shop.example/a.jpg", "url-credentials"),
    cell("http://@shop.example/a.jpg", "url-credentials"),
    cell("http://me:pw@shop.example/my photo.jpg", "url-unsafe-characters url-credentials"),
    cell("http://127.0.0.1/a.jpg", "url-private-address"),
    cell("http://127.1/a.jpg", "url-private-address"),
    cell("http://0x7f000001/a.jpg", "url-private-address"),
    cell("http://0177.0.0.1/a.jpg", "url-private-address"),
    cell("http://2130706433/a.jpg", "url-private-address"),
    cell("http://169.254.169.254/latest/meta-data", "url-private-address"),
    cell("http://[::1]/a.jpg", "url-private-address"),
    cell("http://[::ffff:10.0.0.1]:8080/a.jpg", "url-private-address"),
    cell("http://8.8.8.8/a.jpg", ""),
    cell(URL + "?", "url-query-string"),
    cell(URL + "?w=100&h=200", "url-query-string"),
    cell(SIGNED, "url-query-string url-signed"),
    cell(URL + "?X-Amz-Signature=SECRET", "url-query-string url-signed"),
    cell(URL + "?se=2030-01-01&sig=SECRET", "url-query-string url-signed"),
    cell(URL + "?X-Amz-Expires=60&X-Amz-Signature=SECRET", "url-query-string url-signed"),
    *(cell(f"http://shop.example/a{mark}b.jpg", "url-discouraged-characters") for mark in "$@&!*'();[]{}|\\^`<>\"#"),
    cell("http://shop.example/" + "a" * 1980, ""),
    cell("http://shop.example/" + "a" * 1981, "url-too-long"),
    cell(f" {URL}", "cell-repaired"),
    cell(f"{URL}\xa0", "cell-repaired"),
    cell(f"\ufeff{URL}", "cell-repaired"),
    cell(f"{URL}\r\n", "cell-repaired"),
    cell(" ftp://shop.example/a.jpg", "cell-repaired url-scheme"),
)

CAUSES = {
    Cause.DNS_FAILURE: "dns-failure",
    Cause.DNS_TEMPORARY: "dns-failure",
    Cause.CONNECT_FAILURE: "connect-failure",
    Cause.TLS_FAILURE: "tls-failure",
    Cause.TIMEOUT: "timeout",
    Cause.CONNECTION_LOST: "connection-lost",
    Cause.PROTOCOL_ERROR: "protocol-error",
    Cause.PRIVATE_ADDRESS: "url-private-address",
    Cause.PROXY_UNREACHABLE: "connect-failure",
    Cause.SHORTAGE: "connect-failure",
    Cause.PROXY_DENIED: "connect-failure",
    Cause.PROXY_REFUSED: "connect-failure",
    Cause.HOST_SUSPENDED: "host-suspended",
}

# What a host is suspended for.
SUSPENDING = (
    Cause.CONNECT_FAILURE,
    Cause.TLS_FAILURE,
    Cause.TIMEOUT,
    Cause.CONNECTION_LOST,
    Cause.DNS_TEMPORARY,
    Cause.PROXY_REFUSED,
)

ANSWERS = (
    *(Scene(URL, Unreached(cause), code) for cause, code in CAUSES.items()),
    *(Scene(URL, Unreached(Cause.HOST_SUSPENDED, cause.value), "host-suspended") for cause in SUSPENDING),
    *(Scene(URL, Unreached(Cause.TLS_FAILURE, "", fault), "tls-failure") for fault in TlsFault),
    Scene(URL, Unreached(Cause.PROXY_REFUSED, "502 Bad Gateway"), "connect-failure"),
    *(status(number, "redirect", location="https://cdn.example/b.jpg") for number in (301, 302, 303, 307, 308)),
    status(302, "redirect"),
    status(302, "redirect", location="  "),
    status(302, "redirect", location="//[broken"),
    *(status(number, "not-found") for number in (404, 410)),
    *(status(number, "access-denied") for number in (401, 403, 407, 451)),
    Scene(SIGNED, answered(None, 403), "url-query-string url-signed access-denied"),
    Scene(URL + "?sig=SECRET", answered(None, 403), "url-query-string url-signed access-denied"),
    Scene(SHARED[0], answered(None, 403), "access-denied"),
    Scene(SHARED[0], answered(None, 302, location="/login"), "redirect"),
    status(429, "rate-limited"),
    *(status(number, "http-error") for number in (400, 402, 405, 408, 416, 418, 499)),
    *(status(number, "server-error") for number in (500, 502, 503, 599)),
    *(status(number, "unexpected-status") for number in (100, 201, 203, 205, 300, 304, 305, 600, 999)),
    status(204, "empty-body"),
    status(416, "empty-body", content_length=0),
    status(416, "http-error", content_length=5),
    status(200, "empty-body"),
    Scene(URL, answered(NotAnImage(Kind.EMPTY), 416, content_length=0), "empty-body"),
    Scene(URL, answered(NotAnImage(Kind.HTML), 404), "not-found"),
    Scene(URL, answered(image(), 404), "not-found"),
    Scene(URL, answered(image(), 200), ""),
    body(NotAnImage(Kind.EMPTY), "empty-body"),
    body(NotAnImage(Kind.HTML), "html-page"),
    body(NotAnImage(Kind.HTML, "Sign in"), "html-page"),
    body(NotAnImage(Kind.HTML, "", "/login?token=SECRET", Page.LOGIN), "html-page"),
    *(body(NotAnImage(Kind.HTML, "Title", "/b?token=SECRET", page), "html-page") for page in Page),
    *(body(NotAnImage(Kind.HTML, "Photo"), "html-page", url) for url in SHARED),
    *(body(NotAnImage(kind), "not-an-image") for kind in Kind if kind not in (Kind.EMPTY, Kind.HTML)),
)

IMAGES = (
    *(body(image(of), "", "http://h.example/a") for of in (Format.JPEG, Format.TIFF, Format.GIF)),
    body(image(Format.PNG), "format-not-accepted", "http://h.example/a.png"),
    body(image(Format.WEBP), "format-not-accepted extension-mismatch"),
    *(
        body(Unmeasured(of), "format-not-accepted", "http://h.example/a")
        for of in Format
        if of.value not in POLICY.formats
    ),
    body(Undetermined(Format.JPEG, Doubt.TOO_MANY_HOPS), "image-undetermined"),
    *(body(Undetermined(Format.TIFF, doubt), "image-undetermined", "http://h.example/a.tif") for doubt in Doubt),
    body(Undetermined(Format.PNG, Doubt.CHANGED), "format-not-accepted image-undetermined", "http://h.example/a.png"),
    *(body(Corrupt(Format.PNG, flaw), "image-truncated") for flaw in (Flaw.ENDS_EARLY, Flaw.NO_END_MARK)),
    *(
        body(Corrupt(Format.JPEG, flaw), "image-corrupt")
        for flaw in Flaw
        if flaw not in (Flaw.ENDS_EARLY, Flaw.NO_END_MARK)
    ),
    measures(1, 1, "tracking-pixel"),
    measures(2, 2, "tracking-pixel"),
    measures(2, 3, "image-too-small"),
    measures(3, 3, "image-too-small"),
    measures(499, 499, "image-too-small"),
    measures(1, 499, "image-too-small"),
    measures(500, 1, "image-without-zoom"),
    measures(1, 500, "image-without-zoom"),
    measures(999, 999, "image-without-zoom"),
    measures(1000, 1, ""),
    measures(1, 1000, ""),
    measures(10_000, 10_000, ""),
    measures(10_001, 1, "image-too-large"),
    measures(1, 10_001, "image-too-large"),
    measures(30, 30, "", "SWCH"),
    measures(3, 3, "", "SWCH"),
    measures(31, 1, "swatch-too-large", "SWCH"),
    measures(1, 31, "swatch-too-large", "SWCH"),
    measures(10_001, 1, "image-too-large swatch-too-large", "SWCH"),
    measures(2, 2, "tracking-pixel", "SWCH"),
    measures(31, 31, "image-too-small", "PT01"),
    Scene(URL, answered(image(), content_length=10_000_000), ""),
    Scene(URL, answered(image(), content_length=10_000_001), "file-too-large"),
    body(image(color=Color.CMYK), "color-cmyk"),
    body(image(Format.TIFF, color=Color.CMYK), "color-cmyk", "http://h.example/a.tif"),
    body(image(color=Color.GRAY), ""),
    body(image(Format.GIF, frames=2), "gif-animated", "http://h.example/a.gif"),
    body(image(Format.GIF, frames=None), "", "http://h.example/a.gif"),
    body(image(Format.TIFF, compression="none"), "", "http://h.example/a.tif"),
    body(image(Format.TIFF, compression="LZW"), "tiff-compressed", "http://h.example/a.tif"),
    body(image(Format.TIFF, compression="old JPEG"), "tiff-compressed", "http://h.example/a.tif"),
    body(image(Format.TIFF, compression="scheme 65000"), "tiff-compressed", "http://h.example/a.tif"),
    body(image(Format.TIFF, pages=2), "tiff-several-pages", "http://h.example/a.TIFF"),
    body(image(compression="baseline", pages=2, frames=2), ""),
    declared("image/jpeg", Format.JPEG, ""),
    declared("IMAGE/JPG; charset=binary", Format.JPEG, ""),
    declared("image/pjpeg", Format.JPEG, ""),
    declared("application/octet-stream", Format.JPEG, ""),
    declared("text/html", Format.JPEG, ""),
    declared("image/*", Format.JPEG, ""),
    declared("", Format.JPEG, ""),
    declared(None, Format.JPEG, ""),
    declared("image/png", Format.JPEG, "content-type-mismatch"),
    declared("image/unheard-of", Format.JPEG, "content-type-mismatch"),
    declared("image/tif", Format.TIFF, ""),
    *(
        declared(None, Format.JPEG, "", suffix)
        for suffix in ("", ".jpg", ".JPEG", ".jpe", ".jfif", ".php", ".jpg/", ".v2")
    ),
    *(
        declared(None, Format.JPEG, "extension-mismatch", suffix)
        for suffix in (".png", ".TIF", ".webp", ".heic", ".gif")
    ),
    *(declared(None, Format.TIFF, "", suffix) for suffix in (".tif", ".tiff", ".TIF")),
    declared(None, Format.TIFF, "extension-mismatch", ".jpg"),
    Scene(
        "http://h.example/a.png",
        answered(image(), content_type="image/png"),
        "extension-mismatch content-type-mismatch",
    ),
)

WHITE = (0,) * 15 + (100,)
DEEP: tuple[tuple[Body | None, str], ...] = (
    (Pixels(Format.JPEG, 9, 9, 255, 100, WHITE), ""),
    (Pixels(Format.JPEG, 9, 9, 0, 100, WHITE), "image-blank"),
    (Pixels(Format.JPEG, 9, 9, 2, 100, (0,) * 16), "image-blank"),
    (Pixels(Format.JPEG, 9, 9, 3, 100, (0,) * 16), "background-not-white"),
    (Pixels(Format.JPEG, 9, 9, 255, 100, (0,) * 10 + (80,) + (0,) * 5), ""),
    (Pixels(Format.JPEG, 9, 9, 255, 100, (0,) * 9 + (1, 79) + (0,) * 5), "background-not-white"),
    (Pixels(Format.JPEG, 9, 9, 255, 0, (0,) * 16), ""),
    *((Excessive(Format.PNG, excess), "image-too-large") for excess in Excess if excess is not Excess.BYTES),
    (Excessive(Format.JPEG, Excess.BYTES), "file-too-large"),
    (Undetermined(Format.TIFF, Doubt.UNSUPPORTED), "image-undetermined"),
    (Undetermined(Format.TIFF, Doubt.CRASHED), "image-undetermined"),
    (Corrupt(Format.JPEG, Flaw.BAD_DATA), "image-corrupt"),
    (Corrupt(Format.JPEG, Flaw.ENDS_EARLY), "image-truncated"),
    (NotAnImage(Kind.HTML), "html-page"),
    (None, "empty-body"),
)

# Files on this computer: their name, what they are, and the codes expected.
FILES: tuple[tuple[str, Body, str], ...] = (
    ("a.jpg", image(), ""),
    ("a.png", image(), "extension-mismatch"),
    ("a", image(Format.PNG, 600, 400), "format-not-accepted image-without-zoom"),
    ("a.jpg", NotAnImage(Kind.EMPTY), "empty-body"),
    ("a.jpg", NotAnImage(Kind.HTML, "Login", "https://h.example/"), "html-page"),
    ("a.jpg", NotAnImage(Kind.PDF), "not-an-image"),
    ("a.jpg", Corrupt(Format.JPEG, Flaw.ENDS_EARLY), "image-truncated"),
    ("a.jpg", Corrupt(Format.JPEG, Flaw.LOOP), "image-corrupt"),
    ("a.jpg", Unmeasured(Format.JPEG_XL), "format-not-accepted extension-mismatch"),
    ("a.jpg", Undetermined(Format.JPEG, Doubt.TOO_COMPLEX), "image-undetermined"),
)

SCENES = (*ROWS, *LINKS, *ANSWERS, *IMAGES)


def play(scene: Scene, judge: Judge = JUDGE) -> tuple[Finding, ...]:
    """Judge a scene from its cell to its image."""
    this = ref(scene.url, scene.slot, scene.asin, scene.sku)
    findings, link = judge.link(this, scene.earlier)
    if scene.probe is None:
        return findings
    assert link is not None
    return findings + judge.answer(this, link, scene.probe)


def deep(what: Body | None, slot: str = "MAIN", judge: Judge = JUDGE) -> tuple[Finding, ...]:
    """Judge what a deep look at an image has shown."""
    this = ref(slot=slot)
    link = judge.link(this).link
    assert link is not None
    return judge.deep(this, link, answered(what, 200))
