"""What is wrong with the row or the link itself, so that no request is needed to see it."""

from auditor.demo import images
from auditor.demo.answers import picture
from auditor.demo.plant import Plant, celled, linked

_URL = "{base}/good/{number:06d}.jpg"

_LINKS: tuple[Plant, ...] = (
    linked("relative", "url-relative", "A path without a host.", "/images/{number:06d}.jpg"),
    linked("ftp", "url-scheme", "A link by FTP.", "ftp://files.example.com/{number:06d}.jpg"),
    linked("no-host", "url-malformed", "A link that lacks its host.", "http:///{number:06d}.jpg"),
    linked("bad-port", "url-malformed", "A port that is no number.", "http://127.0.0.1:port/{number:06d}.jpg"),
    linked("space", "url-unsafe-characters", "A space in the link.", "{base}/good/blue shirt {number:06d}.jpg"),
    linked("accents", "url-unsafe-characters", "Letters beyond ASCII.", "{base}/good/áo-sơ-mi-{number:06d}.jpg"),
    linked("several", "url-several", "Two links in one cell.", f"{_URL},{{base}}/good/back-{{number:06d}}.jpg"),
    linked("bucket", "url-not-checkable", "A link into a bucket.", "s3://shop-pictures/{number:06d}.jpg"),
    linked("query", "url-query-string", "A link with a query string.", f"{_URL}?v=2"),
    linked("signed", "url-signed", "A link made to expire.", f"{_URL}?X-Amz-Signature=0123abcd")._replace(
        also=("url-query-string",)
    ),
    linked(
        "signed-until",
        "url-signed",
        "A signed link that dies in 2099.",
        f"{_URL}?Expires=4070908800&Signature=0123abcd",
    )._replace(also=("url-query-string",)),
    linked(
        "signed-past",
        "url-signed",
        "A signed link that died an hour after the year 2024 began.",
        f"{_URL}?X-Amz-Date=20240101T000000Z&X-Amz-Expires=3600&X-Amz-Signature=0123abcd",
    )._replace(also=("url-query-string",)),
    linked(
        "password",
        "url-credentials",
        "A password in the link.",
        "http://seller:secret@127.0.0.1:{port}/good/{number:06d}.jpg",
    ),
    linked("hard-space", "cell-repaired", "A space behind the link that can't be seen.", f"{_URL}\u00a0"),
    linked("dollar", "url-discouraged-characters", "A dollar sign in the link.", "{base}/good/$20-{number:06d}.jpg"),
    linked(
        "long", "url-too-long", "A link of over 2,000 characters.", f"{{base}}/good/{'x' * 2000}-{{number:06d}}.jpg"
    ),
)

_ROWS: tuple[Plant, ...] = (
    celled(
        "repeated", "url-repeated", "The same link twice in a row.", main_image_url=_URL, other_image_url1=_URL
    )._replace(slot="PT01"),
    celled(
        "stand-in",
        "placeholder-suspected",
        "Two links of a row, and the same picture behind both.",
        main_image_url=_URL,
        other_image_url1="{base}/stand-in/{number:06d}.jpg",
    )._replace(slot="PT01", answer=picture(lambda path: images.good(path.replace("stand-in", "good")))),
    celled("nameless", "product-id-missing", "Neither ASIN nor SKU.", item_sku="", asin="", main_image_url=_URL),
    celled("bad-asin", "asin-malformed", "An ASIN that is too short.", asin="B0{number:04d}", main_image_url=_URL),
    celled("no-main", "main-image-missing", "No main image, but another.", main_image_url="", other_image_url1=_URL),
)

PLANTS: tuple[Plant, ...] = (*_LINKS, *_ROWS)
