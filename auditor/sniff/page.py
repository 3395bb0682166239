"""What a web page does, where its bytes say so. Each kind has evidence that can be named; without any, nothing is said.

Only what the page is made for counts: half the pages of the web have a login link, a cookie banner and a captcha
somewhere at their foot.
"""

import re
from typing import NamedTuple

from auditor.model import Page


class _Evidence(NamedTuple):
    """By what one kind of page is known: a part of its title, and something in its source."""

    page: Page
    titles: re.Pattern[str]
    source: re.Pattern[str]


def _pattern(*choices: str) -> re.Pattern[str]:
    return re.compile("|".join(choices), re.IGNORECASE)


_NEVER = re.compile(r"(?!)")
_PARTS = re.compile(r"\s[|\u2013—·:»-]\s|[|\u2013—·»]")  # between what a page is and whose it is

# None of these can cross the next '<' or run on for more than a bounded length, so the work is linear.
_EVIDENCE = (
    _Evidence(
        Page.CAPTCHA,
        _pattern(
            r"just a moment\W*",  # Cloudflare
            r"attention required!?",  # likewise
            r"robot check",  # Amazon's own shop
            r"are you (?:a robot|human)\W*",
            r"(?:verify|verifying) (?:that )?you are (?:a )?human\W*",
            r"human verification|security check(?: required)?|captcha|ddos-guard",
        ),
        _pattern(
            r"_cf_chl_opt\b|/cdn-cgi/challenge-platform/h/",  # Cloudflare; any page may have its /scripts/
            r"\bcaptcha-delivery\.com/",  # DataDome
            r"/_Incapsula_Resource\?",  # Imperva
            r"\bid\s{0,9}=\s{0,9}[\"']?px-captcha\b",  # HUMAN
            r"\bAwsWafIntegration\b|\bawsWafCookieDomainList\b",  # Amazon's web application firewall
            r"\bclass\s{0,9}=\s{0,9}[\"']?(?:g-recaptcha|h-captcha|cf-turnstile)\b",  # the widgets for forms
        ),
    ),
    _Evidence(
        Page.LOGIN,
        _pattern(
            r"(?:please )?(?:sign|log)[ -]?in(?: (?:to|with|required)\b.{0,80})?",
            r"login(?: page| required)?|anmeldung|anmelden|einloggen",
            r"iniciar sesión|connexion|se connecter|accedi|entrar|đăng nhập|ログイン|登录|登入",
        ),
        _pattern(r"<input\b[^<>]{0,500}\btype\s{0,9}=\s{0,9}[\"']?password\b"),
    ),
    _Evidence(
        Page.CONSENT,
        _pattern(
            r"before you continue\b.{0,80}",
            r"bevor sie fortfahren\b.{0,80}",
            r"avant d.accéder\b.{0,80}",
            r"(?:cookie )?consent",
        ),
        _pattern(r"<form\b[^<>]{0,500}\baction\s{0,9}=\s{0,9}[\"']?[^\"'<>\s]{0,200}\bconsent\b"),
    ),
    _Evidence(
        Page.SOFT_404,
        _pattern(
            r"(?:(?:error|http|status)\W{0,3}){0,3}404\b.{0,80}",
            r".{0,80}\b404 (?:error|not found)\b.{0,80}",
            r".{0,80}\b(?:not found|no longer (?:available|exists)|(?:doesn.t|does not) exist|can.t be found)\b.{0,80}",
            r"(?:page|file|image|photo) (?:is )?(?:unavailable|not available|missing|gone|removed|deleted)\W*",
            r".{0,80}\b(?:nicht gefunden|introuvable|no (?:se ha )?encontrad[ao])\b.{0,80}",
            r".{0,80}\b(?:non trovat[ao]|não encontrad[ao])\b.{0,80}",
            r".{0,80}(?:không tìm thấy|không tồn tại|見つかりません|找不到|不存在).{0,80}",
        ),
        _NEVER,
    ),
)
_PICTURE_NAME = _pattern(r"\S\.(?:jpe?g|png|gif|tiff?|webp|heic|avif)(?![\w.])")
_PICTURE_TYPE = _pattern(  # the Open Graph protocol and Twitter's cards
    r"<meta\b(?=[^<>]{0,500}[\"'](?:og:type|twitter:card)[\"'])[^<>]{0,500}\bcontent\s{0,9}=\s{0,9}"
    r"[\"'](?:[\w.-]{1,40}:)?(?:photo|image)[\"']"
)


def keeps_out(title: str, source: str) -> Page | None:
    """What the page puts in the picture's place: a captcha, a login, a question, a notice that nothing is there."""
    parts = [part.strip() for part in _PARTS.split(title)]
    for page, titles, pattern in _EVIDENCE:
        if any(titles.fullmatch(part) for part in parts) or pattern.search(source):
            return page
    return None


def shows(title: str, source: str) -> Page | None:
    """Whether the page is one around a picture: it is titled with a picture's file name, or says so of itself."""
    return Page.VIEWER if _PICTURE_NAME.search(title) or _PICTURE_TYPE.search(source) else None
