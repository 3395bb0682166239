"""A look that remembers: what is known isn't asked for, and what may have changed is asked for sparingly."""

import asyncio
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model import (
    Answered,
    Cause,
    Color,
    Corrupt,
    Doubt,
    Flaw,
    Format,
    ImageInfo,
    Kind,
    NotAnImage,
    Page,
    Probe,
    Question,
    Revalidation,
    Undetermined,
    Unmeasured,
    Unreached,
)
from auditor.settings import Header, HostSettings, ProbeSettings
from auditor.state import Fact, Memory, Recall, manner_of, open_facts
from auditor.state.due import is_due
from auditor.state.rows import from_row, to_row

DAY = 86_400
WEEK = 7 * DAY
NOW = 1_800_000_000


def picture(content: str, etag: str | None = None, modified: str | None = None, length: int = 90_000) -> Answered:
    """What a host says of a good image."""
    digest = content.encode().hex().rjust(64, "0")
    return Answered(206, None, "image/jpeg", length, etag, modified, digest, ImageInfo(Format.JPEG, 1600, 1200))


@dataclass
class Host:
    """A host of pictures: what it has under each URL, and how it answers validators."""

    pictures: dict[str, Probe]
    believes: Callable[[Revalidation, Answered], bool] = lambda ask, now: (
        ask.etag == now.etag if ask.etag else ask.last_modified == now.last_modified
    )
    asked: list[Question] = field(default_factory=list)

    async def look(self, ask: Question) -> Probe:
        """Answer, or say that nothing has changed."""
        self.asked.append(ask)
        url = ask if isinstance(ask, str) else ask.url
        now = self.pictures[url]
        if isinstance(ask, Revalidation) and isinstance(now, Answered) and self.believes(ask, now):
            return Answered(304, etag=now.etag)
        return now


def night(path: Path, host: Host, day: int, max_age: int | None = None) -> tuple[dict[str, Probe], list[Question]]:
    """Look at everything once; returns the answers, and what the host was asked."""
    host.asked.clear()

    async def main() -> dict[str, Probe]:
        facts = open_facts(path)
        memory = Memory(lambda _, probe: isinstance(probe.body, ImageInfo), NOW + day * DAY, max_age)
        recall = Recall(host.look, facts, memory)
        known = await recall.known(host.pictures)
        found = {url: known.get(url) or await recall(url) for url in host.pictures}
        await facts.aclose()
        return found

    return asyncio.run(main()), list(host.asked)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A state file to be."""
    return tmp_path / "nightly.db"


def urls(count: int) -> list[str]:
    """Some URLs of one host."""
    return [f"http://shop/{number}.jpg" for number in range(count)]


def test_unchanged_images_are_confirmed_without_a_body(path: Path) -> None:
    """The second night asks conditionally; only the first of a host is asked with validators that nothing has."""
    host = Host({url: picture(url, etag=f'"{url}"') for url in urls(4)})
    first, _ = night(path, host, 0)
    second, asked = night(path, host, 1)
    assert second == first == host.pictures
    assert [ask.etag for ask in asked if isinstance(ask, Revalidation)] == [
        '"0-auditor-0"',
        *(f'"{url}"' for url in urls(4)[1:]),
    ]


def test_change_is_seen(path: Path) -> None:
    """Where the validator differs, the new picture is what counts, that night and the next."""
    host = Host({url: picture("old", etag='"1"') for url in urls(3)})
    night(path, host, 0)
    host.pictures[urls(3)[1]] = picture("new", etag='"2"')
    for day in (1, 2):
        found, _ = night(path, host, day)
        assert found == host.pictures


def test_dates_serve_where_there_is_no_etag(path: Path) -> None:
    """Last-Modified alone is a validator too."""
    host = Host({url: picture("x", modified="Mon, 02 Nov 2026 00:00:00 GMT") for url in urls(2)})
    night(path, host, 0)
    found, asked = night(path, host, 1)
    assert found == host.pictures
    assert asked[1] == Revalidation(urls(2)[1], None, "Mon, 02 Nov 2026 00:00:00 GMT")


def test_file_that_was_just_written_is_looked_at(path: Path) -> None:
    """Within a minute it may have been written again under the same date (RFC 9110 section 8.8.2.2)."""
    just, before = (formatdate(NOW - seconds, usegmt=True) for seconds in (30, 90))
    host = Host(
        {url: picture("x", modified=modified) for url, modified in zip(urls(3), (before, just, before), strict=True)}
    )
    night(path, host, 0)
    _, asked = night(path, host, 1)
    assert asked[1] == urls(3)[1]
    assert asked[2] == Revalidation(urls(3)[2], None, before)


def test_weak_and_strong_name_the_same_file(path: Path) -> None:
    """A host that compresses on its way makes a strong ETag weak."""
    host = Host({url: picture(url, etag='"1"') for url in urls(2)})
    host.believes = lambda ask, _: ask.etag == '"1"'
    night(path, host, 0)
    host.pictures = {url: picture(url, etag='W/"1"') for url in urls(2)}
    found, asked = night(path, host, 1)
    assert found[urls(2)[1]] == picture(urls(2)[1], etag='"1"')
    assert len(asked) == 2


@pytest.mark.parametrize("status", [400, 412, 501])
def test_answer_to_the_condition_alone_is_not_taken(path: Path, status: int) -> None:
    """Where a host chokes on it for one picture, that is asked for plainly; what else it refuses is the answer."""
    host = Host({url: picture(url, etag='"1"') for url in urls(3)})
    night(path, host, 0)
    answer = host.look

    async def choking(ask: Question) -> Probe:
        if isinstance(ask, Revalidation) and ask.url == urls(3)[1]:
            host.asked.append(ask)
            return Answered(status)
        return await answer(ask)

    host.look = choking  # type: ignore[method-assign]  # this host is odd
    found, asked = night(path, host, 1)
    assert found == host.pictures
    assert asked.count(urls(3)[1]) == 1
    host.pictures[urls(3)[2]] = Answered(403)
    found, asked = night(path, host, 2)
    assert found[urls(3)[2]] == Answered(403)
    assert urls(3)[2] not in asked


def test_many_are_found_though_few_are_wanted_in_order(path: Path) -> None:
    """Facts are read ahead of the questions: in whatever order these come, each gets its own."""
    many = [f"http://shop/{number}.jpg" for number in range(1500)]
    host = Host({url: picture(url, etag=f'"{url}"') for url in many})
    night(path, host, 0)

    async def main() -> list[Fact | None]:
        facts = open_facts(path)
        facts.expect(many)
        order = random.Random(7).sample(many, len(many))
        found = await asyncio.gather(*(facts.find(url) for url in order[:700]))
        found += [await facts.find(url) for url in order[700:]]
        await facts.aclose()
        assert [known.fact.probe for known in found if known.fact] == [host.pictures[url] for url in order]
        return [known.fact for known in found]

    assert None not in asyncio.run(main())


def test_word_of_a_host_is_kept_within_bounds(path: Path) -> None:
    """What is no picture could fill the disk by its headers; it is asked for anew each night."""
    host = Host({url: Answered(302, "http://shop/" + "x" * 5000) for url in urls(2)})
    night(path, host, 0)
    assert night(path, host, 1) == (host.pictures, urls(2))
    with closing(sqlite3.connect(path)) as state:
        assert state.execute("SELECT count(*) FROM facts").fetchone() == (0,)


def test_host_that_says_unchanged_to_everything_is_not_believed(path: Path) -> None:
    """Its pictures are looked at, every one."""
    host = Host({url: picture("old", etag='"1"') for url in urls(3)}, believes=lambda _, __: True)
    night(path, host, 0)
    host.pictures.update({url: picture("new", etag='"2"') for url in urls(3)})
    found, asked = night(path, host, 1)
    assert found == host.pictures
    assert asked[1:] == urls(3)


def test_unchanged_said_of_something_else_is_not_believed(path: Path) -> None:
    """A 304 that names another ETag than the one asked about speaks of another picture."""
    host = Host({url: picture("old", etag='"1"') for url in urls(2)})
    night(path, host, 0)
    host.pictures.update({url: picture("new", etag='"2"') for url in urls(2)})
    host.believes = lambda ask, _: ask.etag == '"1"'
    found, _ = night(path, host, 1)
    assert found == host.pictures


def test_validators_that_change_each_time_cost_a_look_and_no_more(path: Path) -> None:
    """Such a host's pictures are the same for all that."""
    host = Host({url: picture("x", etag='"0"') for url in urls(3)})
    for day in range(3):
        host.pictures = {url: picture("x", etag=f'"{day}"') for url in urls(3)}
        found, asked = night(path, host, day)
        assert found == host.pictures
        assert len(asked) == 3


def test_without_validators_everything_is_looked_at(path: Path) -> None:
    """Nothing is known of whether it changed."""
    host = Host({url: picture("x") for url in urls(3)})
    night(path, host, 0)
    assert night(path, host, 1)[1] == urls(3)


def test_max_age_spares_requests_evenly(path: Path) -> None:
    """Each night of a week asks for a part of what passes, and for all of it once; what fails is always asked for."""
    dead, many = "http://h/dead.jpg", urls(200)
    host = Host({dead: Answered(404), **{url: picture("x") for url in many}})
    night(path, host, 0, WEEK)
    asked = [set(night(path, host, day, WEEK)[1]) for day in range(1, 8)]
    assert all(dead in some for some in asked)
    assert all(10 <= len(some) <= 50 for some in asked)
    assert sum(len(some - {dead}) for some in asked) == len(set.union(*asked) - {dead}) == len(many)


def test_trouble_of_the_moment_does_not_make_forget(path: Path) -> None:
    """After a night out of reach, or of 503, an unchanged picture is still known as unchanged."""
    other, url = urls(2)
    host = Host({other: picture("y", etag='"y"'), url: picture("x", etag='"x"')})
    night(path, host, 0)
    for trouble in (Unreached(Cause.TIMEOUT), Answered(503), Answered(429)):
        host.pictures[url] = trouble
        assert night(path, host, 1)[0][url] == trouble
    host.pictures[url] = picture("x", etag='"x"')
    found, asked = night(path, host, 2)
    assert found == host.pictures
    assert asked[-1] == Revalidation(url, '"x"', None)


def test_picture_that_was_answered_otherwise_since_is_asked_for(path: Path) -> None:
    """However long what was known may serve: a night of trouble, or an answer too long to keep, came after it."""
    for trouble in (Unreached(Cause.TIMEOUT), Answered(503), Answered(302, location="http://h/" + "a" * 100_000)):
        (url,) = urls(1)
        host = Host({url: picture("x")})
        night(path, host, 0)
        host.pictures[url] = trouble
        night(path, host, 1)
        assert night(path, host, 2, WEEK)[1] == [url]
        path.unlink()


def test_what_a_host_makes_of_dates_says_nothing_of_tags(path: Path) -> None:
    """A host that believes any tag, unless there is a date, isn't believed."""
    (url,) = urls(1)
    host = Host({url: picture("x", etag='"x"')}, believes=lambda ask, _: ask.last_modified is None)
    night(path, host, 0)
    host.pictures[url] = picture("y", etag='"y"')
    assert night(path, host, 1)[0] == host.pictures


def test_secrets_of_a_redirect_are_not_kept(path: Path) -> None:
    """Where it leads to may open a door; the file may be read by others."""
    (url,) = urls(1)
    night(path, Host({url: Answered(302, location="http://h/a.jpg?X-Amz-Signature=SECRET")}), 0)
    assert b"SECRET" not in path.read_bytes()


def test_answers_got_without_certificates_are_not_taken_for_others() -> None:
    """What was found with --insecure, or by an authority of the user's, says nothing of a run without."""
    usual = manner_of(ProbeSettings())
    assert manner_of(ProbeSettings(insecure=True)) != usual
    assert manner_of(ProbeSettings(ca_file=Path("ca.pem"))) != usual


def test_answers_to_another_question_are_not_taken_for_ours() -> None:
    """What shapes an answer makes another manner: whether ends are looked at, and headers, a host's own, too."""
    language, key = Header("Accept-Language", "vi"), Header("X-Key", "one")
    manners = [
        manner_of(ProbeSettings(**changed))
        for changed in (
            {},
            {"check_tail": True},
            {"extra_headers": (language,)},
            {"hosts": (HostSettings("shop", headers=(language,)),)},
            {"hosts": (HostSettings("shop", 8080, headers=(language,)),)},
            {"hosts": (HostSettings("shop", headers=(key,)),)},
        )
    ]
    assert len(set(manners)) == len(manners)
    renewed = ProbeSettings(hosts=(HostSettings("shop", headers=(Header("X-Key", "two"),), per_host=3),))
    assert manner_of(renewed) == manners[-1]  # a new key opens the same door


def test_unchanged_is_not_believed_for_ever(path: Path) -> None:
    """Within a quarter of a year each picture is looked at again, whatever its host says."""
    host = Host({url: picture("old", etag='"1"') for url in urls(3)})
    night(path, host, 0)
    host.pictures.update({url: picture("new", etag='"1"') for url in urls(3)})
    host.believes = lambda ask, _: ask.etag == '"1"'
    for day in range(9, 91, 9):
        found, _ = night(path, host, day)
    assert found == host.pictures


@given(st.binary(min_size=16, max_size=16), st.integers(0, 10 * WEEK), st.integers(1, 50))
def test_turns_come_once_a_period(key: bytes, fetched: int, nights: int) -> None:
    """However often one asks in a period, a URL asked for whenever it is due is asked for once."""
    due = 0
    for when in range(1, nights + 1):
        now = fetched + when * WEEK / 50
        due += is_due(key, fetched, now, WEEK) and due == 0
    assert due <= 1
    assert is_due(key, fetched, fetched + WEEK, WEEK)
    assert is_due(key, fetched, fetched - 1, WEEK)


texts = st.none() | st.text(max_size=20)
bodies = st.sampled_from(
    [
        None,
        ImageInfo(Format.JPEG, 3, 4, None, Color.CMYK, 8, "baseline", 2, 6),
        Unmeasured(Format.SVG),
        NotAnImage(Kind.HTML, "título", "https://x/", Page.LOGIN),
        NotAnImage(Kind.EMPTY),
        Corrupt(Format.TIFF, Flaw.LOOP),
        Undetermined(Format.GIF, Doubt.TOO_MANY_HOPS),
    ]
)


@given(
    st.builds(
        Answered,
        st.integers(100, 599),
        texts,
        texts,
        st.none() | st.integers(0, 2**62),
        texts,
        texts,
        st.none() | st.binary(min_size=32, max_size=32).map(bytes.hex),
        bodies,
        st.none(),
    )
)
def test_answers_come_back_as_they_were(probe: Answered) -> None:
    """Nothing is lost on the way into the file and out."""
    assert from_row(to_row(probe)) == probe


def test_length_beyond_all_numbers_is_not_kept(path: Path) -> None:
    """A host may claim anything; such an answer is given, and asked for anew each night."""
    host = Host({url: picture("x", etag='"1"', length=10**30) for url in urls(2)})
    night(path, host, 0)
    assert night(path, host, 1) == (host.pictures, urls(2))


@pytest.mark.parametrize(
    "body", ["", "[]", "[1]", '["ImageInfo"]', '["Format","JPEG"]', '["Unmeasured","X"]', "{}", "null"]
)
def test_what_we_have_not_written_is_not_taken_for_an_answer(body: str) -> None:
    """A row that can't be read is as good as none."""
    assert from_row((206, None, None, None, None, None, None, body)) is None
