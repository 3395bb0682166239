"""The address under which the user will publish what is converted."""

from auditor.checks import Judge
from auditor.errors import SettingsError
from auditor.model import ImageRef
from auditor.texts import Texts
from auditor.urls import parse, redact, repair

_SAMPLE = "0123456789abcdef.jpg"


def base_of(text: str, judge: Judge, words: Texts) -> str:
    """Give what new addresses begin with, with its slash.

    Raises `SettingsError` for one that our own checks would find fault with, warnings too: new addresses shall have
    nothing that a seller would have to be told.
    """
    base = repair(text)
    link = parse(base)
    if link is not None and (link.query is not None or link.fragment or "#" in base):
        raise SettingsError(
            "--base-url {base} has a ? or # in it; name the folder in which the files will lie, such as "
            "https://cdn.example.com/fixed/.",
            base=redact(base),
        )
    base = base if base.endswith("/") else base + "/"
    findings, _ = judge.link(_image(base + _SAMPLE))
    if findings:
        raise SettingsError(
            "--base-url {base} makes no good addresses: {why} Name one such as https://cdn.example.com/fixed/.",
            base=redact(base),
            why=words.of(findings[0]).symptom,
        )
    return base


def _image(url: str) -> ImageRef:
    """An image of which nothing but the address is known; its product isn't the matter."""
    return ImageRef("", 0, "", "-", "", "MAIN", url)
