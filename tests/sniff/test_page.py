"""What pages do, by evidence: real pages' beginnings, cut down to what makes them known."""

import pytest
from images import read_in_ranges

from auditor.model import Kind, NotAnImage, Page
from auditor.sniff import Held, sniff


def does(source: str) -> Page | None:
    """Say what a page does."""
    data = f"<!doctype html><html><head>{source}".encode()
    body = sniff(Held(data), len(data))
    assert isinstance(body, NotAnImage)
    assert body.kind is Kind.HTML
    return body.does


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("<title>Just a moment...</title><meta http-equiv=refresh content='360;url=/a'>", Page.CAPTCHA),
        ("<title>Attention Required! | Cloudflare</title>", Page.CAPTCHA),
        ("<title>shop</title><script>window._cf_chl_opt={cvId:'3'}</script>", Page.CAPTCHA),
        ("<title>shop</title><script src='https://ct.captcha-delivery.com/c.js'></script>", Page.CAPTCHA),
        ('<script src="/_Incapsula_Resource?SWJIYLWA=719"></script>', Page.CAPTCHA),
        ("<title>Robot Check</title>", Page.CAPTCHA),
        ("<form><div class='g-recaptcha' data-sitekey=x></div>", Page.CAPTCHA),
        ("<title>Sign in</title>", Page.LOGIN),
        ("<title>Sign in - Google Accounts</title>", Page.LOGIN),
        ("<title>Log in to your account</title>", Page.LOGIN),
        ("<title>Dropbox - Log in</title>", Page.LOGIN),
        ("<title>Đăng nhập | Cửa hàng</title>", Page.LOGIN),
        ("<title>Shop</title><form><input name=p type='password'>", Page.LOGIN),
        ("<title>Before you continue to Google Search</title>", Page.CONSENT),
        ('<form action="https://consent.youtube.com/save" method=post>', Page.CONSENT),
        ("<title>404 Not Found</title>", Page.SOFT_404),
        ("<title>Shop | Page not found</title>", Page.SOFT_404),
        ("<title>Error 404 - nothing here</title>", Page.SOFT_404),
        ("<title>Seite nicht gefunden \u2013 Laden</title>", Page.SOFT_404),
        ("<title>Không tìm thấy trang</title>", Page.SOFT_404),
        ("<title>This photo is no longer available</title>", Page.SOFT_404),
        ("<title>Moved</title><meta http-equiv=refresh content='0;url=/b.jpg'>", Page.OPENING),
        ("<script>location.replace('/b.jpg')</script>", Page.OPENING),
        ("<script>window.open('/b.jpg')</script>", Page.POP_UP),
        ("<title>shirt.jpg - Google Drive</title>", Page.VIEWER),
        ('<meta property="og:type" content="flickr_photos:photo">', Page.VIEWER),
        ('<meta content="photo" name="twitter:card">', Page.VIEWER),
    ],
)
def test_a_page_is_known_by_evidence(source: str, page: Page) -> None:
    """Each kind of page is known by its title or by what only such pages have in them."""
    assert does(source) is page


@pytest.mark.parametrize(
    "source",
    [
        "",
        "<title>Blue shirt, cotton | Shop</title><a href=/login>Sign in</a>",
        "<title>Model 404 jacket | Shop</title>",
        "<title>Login your way to style with our shirts</title>",
        "<title>Found: the perfect shirt</title>",
        "<title>Shop</title><script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",
        "<title>Shop</title><script src='https://cdn.cookielaw.org/consent/x/OtSDKStub.js'></script>",
        "<title>Shop</title><meta property='og:type' content='website'><meta property='og:image' content='/a.jpg'>",
        "<title>Shop</title><input type=search><p>Enter your password</p>",
        "<title>www.shop.example</title>",
    ],
)
def test_what_the_bytes_do_not_say_stays_unsaid(source: str) -> None:
    """What half the pages of the web have somewhere is no evidence of what a page is for."""
    assert does(source) is None


def test_what_is_read_of_a_page_does_not_depend_on_how_much_came() -> None:
    """Evidence beyond the first 4 KiB doesn't count, whether or not the host has sent it along."""
    data = b"<html><title>Our shop</title>" + b"<link>" * 800 + b"<input type=password>"
    assert len(data) > 4096
    whole = sniff(Held(data), len(data))
    assert whole == sniff(Held(data[:4096]), len(data)) == NotAnImage(Kind.HTML, "Our shop")


def test_no_page_costs_more_bytes_for_it() -> None:
    """What a page does is told by what was read anyway."""
    data = b"<html><title>Our shop</title>" + b"<link>" * 4000
    assert read_in_ranges(data, 4096).requests == 1


@pytest.mark.parametrize(
    "piece",
    [
        "<input ",
        "<form ",
        "<meta property='og:type' ",
        "type=",
        "404 ",
        "not found ",
        "log in to ",
        " - ",
        "class=",
        "a.",
    ],
)
def test_evidence_is_looked_for_in_linear_time(piece: str) -> None:
    """A page made of one repeated beginning of evidence is read in a moment, in the title or outside."""
    for before in ("", "<title>"):
        assert does(before + piece * 4000) is None or before
