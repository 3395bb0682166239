"""`auditor check --show-settings`: all that holds, without its secrets, in a form that can be saved."""

import asyncio
import tomllib
from pathlib import Path

from commands import auditor

CONFIG = """
timeout = 5
header = ["X-Wall: s3cret-a"]
proxy = "http://user:s3cret-b@proxy.example:3128"
concurrency = 16
batch-id = "été # 1"

[hosts."cdn.example.com:8443"]
headers = { Authorization = "Bearer s3cret-c", "X.Y" = "s3cret-d" }
[hosts."[::1]"]
headers = {}
"""


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    """Headers by name, the proxy without password; what can't be said is a comment, so that the rest can be saved."""
    (tmp_path / "auditor.toml").write_text(CONFIG)
    ran = asyncio.run(auditor("check", "--show-settings", "--config", "auditor.toml", cwd=tmp_path))
    assert (ran.code, ran.err) == (0, ""), ran
    assert "s3cret" not in ran.out
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert '# header = ["X-Wall: …"] # auditor.toml: header, with a secret that isn\'t shown' in lines
    assert '# proxy = "http://…@proxy.example:3128" # auditor.toml: proxy, with a secret that isn\'t shown' in lines, (
        ran.out
    )
    assert '[hosts."cdn.example.com:8443"] # auditor.toml' in lines
    assert '# headers = { Authorization = "…", "X.Y" = "…" } # auditor.toml, with a secret that isn\'t shown' in lines
    assert "# per-host = 16 # default, but no more than --concurrency" in lines


def test_what_is_shown_can_be_saved(tmp_path: Path) -> None:
    """It is TOML with what was set; as a file of its own it says the same, but for secrets."""
    (tmp_path / "auditor.toml").write_text(CONFIG)
    show = ("check", "--show-settings", "--config")
    first = asyncio.run(auditor(*show, "auditor.toml", "--url-column", 'a "b"', "--sample", "5%", cwd=tmp_path))
    saved = tomllib.loads(first.out)
    assert saved == {
        "url-column": ['a "b"'],
        "sample": 0.05,
        "batch-id": "été # 1",
        "concurrency": 16,
        "timeout": 5.0,
        "hosts": {"cdn.example.com:8443": {}, "[::1]": {}},
    }
    (tmp_path / "saved.toml").write_text(first.out)
    second = asyncio.run(auditor(*show, "saved.toml", cwd=tmp_path))
    assert (second.code, tomllib.loads(second.out)) == (0, saved)


def test_defaults_are_shown_in_the_language_too(tmp_path: Path) -> None:
    """Without anything set, every line is a comment that says what holds."""
    ran = asyncio.run(auditor("check", "--show-settings", "--lang", "vi", cwd=tmp_path))
    assert (ran.code, ran.err) == (0, ""), ran
    assert tomllib.loads(ran.out) == {"lang": "vi"}
    assert "# mặc định" in ran.out
    assert "default" not in ran.out
    assert not list(tmp_path.iterdir())


def test_proxies_of_the_environment_are_shown(tmp_path: Path) -> None:
    """Each with the variable that names it, and no password."""
    environment = {"HTTP_PROXY": "http://u:s3cret@a.example:1", "HTTPS_PROXY": "http://b.example:2"}
    ran = asyncio.run(auditor("check", "--show-settings", cwd=tmp_path, environment=environment))
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert '# proxy = "http://…@a.example:1" # HTTP_PROXY, with a secret that isn\'t shown' in lines
    assert '# proxy = "http://b.example:2" # HTTPS_PROXY' in lines
    assert "s3cret" not in ran.out


def test_a_feed_is_asked_for_otherwise(tmp_path: Path) -> None:
    """Without --show-settings, no feed is exit code 2, and with it a feed changes nothing."""
    ran = asyncio.run(auditor("check", cwd=tmp_path))
    assert ran.code == 2
    assert "auditor check needs FEED" in ran.err
    ran = asyncio.run(auditor("check", "nowhere.tsv", "--show-settings", cwd=tmp_path))
    assert ran.code == 0, ran
