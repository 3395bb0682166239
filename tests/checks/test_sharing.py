"""Services whose links open pages: each is known by its hosts, and has advice of its own."""

import tomllib
from importlib.resources import files

import pytest
from checks.scenes import JUDGE, SHARED, answered, ref

from auditor import checks, texts
from auditor.checks.sharing import service_of
from auditor.model import Kind, NotAnImage
from auditor.urls import parse

TABLE = tomllib.loads(files(checks).joinpath("share_hosts.toml").read_text(encoding="utf-8"))


def service(url: str) -> str | None:
    """Name the service of an address."""
    link = parse(url)
    assert link is not None
    found = service_of(link)
    return found.name if found else None


def test_every_service_has_its_source() -> None:
    """Nobody needs to guess where an advice comes from."""
    assert all(entry["source"] and entry["name"] and entry["hosts"] for entry in TABLE.values())
    assert {service(url) for url in SHARED} == {entry["name"] for entry in TABLE.values()}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://DROPBOX.com/s/x", "Dropbox"),
        ("https://www.dropbox.com./s/x", "Dropbox"),
        ("https://shop.sharepoint.com/x", "SharePoint"),
        ("https://m.imgur.com/x", "Imgur"),
        ("https://i.imgur.com/x.jpg", None),
        ("https://i.ibb.co/x.jpg", None),
        ("https://dl.dropboxusercontent.com/x.jpg", None),
        ("https://notdropbox.com/a", None),
        ("https://dropbox.com.example/a", None),
        ("https://storage.googleapis.com/a", None),
        ("https://127.0.0.1/a", None),
    ],
)
def test_a_service_is_known_by_its_host(url: str, name: str | None) -> None:
    """A service is known under all its names, but not where it hands out the picture itself."""
    assert service(url) == name


@pytest.mark.parametrize("language", texts.names())
@pytest.mark.parametrize("url", SHARED)
def test_page_redirect_and_wall_carry_the_services_own_advice(url: str, language: str) -> None:
    """Whatever a share link answers, the solution begins with what fits that service."""
    link = JUDGE.link(ref(url)).link
    assert link is not None
    found = service_of(link)
    assert found is not None
    words = texts.load(language)
    for probe in (
        answered(NotAnImage(Kind.HTML, "a.jpg"), 200),
        answered(None, 302, location="/login"),
        answered(None, 403),
    ):
        (finding,) = JUDGE.answer(ref(url), link, probe)
        text = words.of(finding)
        assert text.solution.startswith(words.words["advice"][found.slug])
        assert found.name in text.symptom + text.reason
