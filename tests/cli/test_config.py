"""Options from the configuration file and the environment: what counts, and what is refused."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from commands import check, write_feed

from auditor.cli.check import command
from auditor.cli.main import main, program
from auditor.cli.option import options_of
from auditor.cli.repair import command as repair
from auditor.cli.repair_settings import settings_from as settings_of_a_repair
from auditor.cli.settings import settings_from as settings_of_a_check
from auditor.settings import Settings


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs in a folder of its own, without settings of the machine's."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.lower().endswith("_proxy") or name.startswith("AUDITOR_"):
            monkeypatch.delenv(name)


def shown(
    *flags: str, config: str | bytes | None = None, environment: Mapping[str, str] | None = None, code: int = 0
) -> str:
    """Give what --show-settings prints, or the error, each setting with one blank before its origin."""
    if config is not None:
        Path("auditor.toml").write_bytes(config if isinstance(config, bytes) else config.encode())
        flags = ("--config", "auditor.toml", *flags)
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr("sys.argv", ["auditor", "check", *flags, "--show-settings"])
        for name, value in (environment or {}).items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as end:
            main()
    assert end.value.code == code, err.getvalue()
    assert bool(err.getvalue()) == bool(code)
    return "\n".join(" ".join(line.split()) for line in (out.getvalue() + err.getvalue()).splitlines())


# A value for each option that differs from its default: as the file has it, and as a flag or a variable does.
VALUES = {
    "policy": ('"amazon-current"', "amazon-current"),
    "asin-column": ('"id"', "id"),
    "sku-column": ('"article no"', "article no"),
    "url-column": ('["photo", "second photo"]', "photo\nsecond photo"),
    "slot": ('"MAIN,PT01"', "MAIN,PT01"),
    "asin-map": ('["report.txt", "my skus.csv"]', "report.txt\nmy skus.csv"),
    "limit": ("7", "7"),
    "sample": ("0.25", "0.25"),
    "out": ('"reports/failing.csv"', "reports/failing.csv"),
    "jsonl": ('"all.jsonl"', "all.jsonl"),
    "summary": ('"summary.json"', "summary.json"),
    "include": ('"warn"', "warn"),
    "bom": ("true", "1"),
    "check-tail": ("true", "1"),
    "feed-format": ('"delimited"', "delimited"),
    "sheet": ('"Template"', "Template"),
    "keep": ('"brand,item_name"', "brand,item_name"),
    "batch-id": ('"12 \\" 3"', '12 " 3'),
    "lang": ('"vi"', "vi"),
    "quiet": ("true", "yes"),
    "fail-on": ('"never"', "never"),
    "concurrency": ("64", "64"),
    "per-host": ("8", "8"),
    "workers": ("2", "2"),
    "adapt": ("false", "0"),
    "rate": ("0.5", "0.5"),
    "outage-wait": ("60.0", "60"),
    "timeout": ("5.5", "5.5"),
    "retries": ("0", "0"),
    "first-range": ("1024", "1024"),
    "second-look": ("true", "1"),
    "deep": ("true", "1"),
    "deep-sample": ("0.25", "0.25"),
    "placeholders": ('"known.txt"', "known.txt"),
    "resume": ("true", "1"),
    "fresh": ("true", "1"),
    "resume-within": ("5400.0", "1.5h"),
    "max-runtime": ("21600.0", "6h"),
    "max-failures": ("100", "100"),
    "state": ('"nightly.db"', "nightly.db"),
    "max-age": ("604800.0", "7d"),
    "feed-name": ('"catalogue"', "catalogue"),
    "only": ('"new"', "new"),
    "log-json": ('"events.jsonl"', "events.jsonl"),
    "metrics": ('"auditor.prom"', "auditor.prom"),
    "notify": ('"env:HOOK"', "env:HOOK"),
    "allow-private": ("true", "true"),
    "header": ('["X-A: b c"]', "X-A: b c"),
    "user-agent": ('"Firm/1"', "Firm/1"),
    "proxy": ('"http://h.example:3128"', "http://h.example:3128"),
    "client": ('"aiohttp"', "aiohttp"),
    "resolver": ('"aiodns"', "aiodns"),
    "ca-file": ('"ca.pem"', "ca.pem"),
    "insecure": ("true", "on"),
}
SECRET = {"header": '# header = ["X-A: …"]'}


def test_every_option_is_tried() -> None:
    """An option more needs a value here."""
    assert {option.key for option in options_of(command) if option.storable} == set(VALUES)


@pytest.mark.parametrize("key", VALUES)
def test_the_file_takes_every_option(key: str) -> None:
    """Under the flag's own name, and it is said to come from there."""
    value, _ = VALUES[key]
    assert f"{SECRET.get(key, f'{key} = {value}')} # auditor.toml: {key}" in shown(config=f"{key} = {value}\n")


@pytest.mark.parametrize("key", VALUES)
def test_the_environment_takes_every_option(key: str) -> None:
    """As AUDITOR_ and the flag's name; several values stand one a line."""
    value, text = VALUES[key]
    variable = "AUDITOR_" + key.upper().replace("-", "_")
    assert f"{SECRET.get(key, f'{key} = {value}')} # {variable}" in shown(environment={variable: text})


def test_flags_beat_environment_beats_file_beats_default() -> None:
    """What is nearer to the call counts."""
    config = "timeout = 1\nretries = 1\nper-host = 1\ninsecure = true\n"
    environment = {"AUDITOR_TIMEOUT": "2", "AUDITOR_RETRIES": "2", "AUDITOR_INSECURE": "1"}
    lines = shown("--timeout", "3", "--no-insecure", config=config, environment=environment)
    for line in (
        "timeout = 3.0 # command line",
        "retries = 2 # AUDITOR_RETRIES",
        "per-host = 1 # auditor.toml: per-host",
        "# concurrency = 256 # default",
        "insecure = false # command line",
    ):
        assert line in lines.splitlines()


def test_a_variable_names_the_file() -> None:
    """AUDITOR_CONFIG does, and --config beats it; without both, no file is read."""
    Path("auditor.toml").write_text("retries = 7")
    Path("other.toml").write_text("retries = 8")
    variable = {"AUDITOR_CONFIG": "auditor.toml"}
    assert "retries = 2 # default" in shown()
    assert "retries = 7 # auditor.toml: retries" in shown(environment=variable)
    assert "retries = 8 # other.toml: retries" in shown("--config", "other.toml", environment=variable)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ('timeout = "5"', "auditor.toml needs a number, without quotes, for timeout."),
        ("timeout = true", "auditor.toml needs a number, without quotes, for timeout."),
        ("timeout = -1", "auditor.toml: timeout: -1 is no positive number of seconds."),
        ("timeout = nan", "auditor.toml: timeout: nan is no positive number of seconds."),
        (f"timeout = 1{'0' * 400}", "is no positive number of seconds."),
        ('per-host = "8"', "auditor.toml needs a whole number, without quotes, for per-host."),
        ("per-host = 8.0", "auditor.toml needs a whole number, without quotes, for per-host."),
        ("per-host = 0", "auditor.toml: per-host takes a whole number from 1 to 10,000."),
        ("retries = true", "auditor.toml needs a whole number, without quotes, for retries."),
        ("insecure = 1", "auditor.toml needs true or false, without quotes, for insecure."),
        ('insecure = "true"', "auditor.toml needs true or false, without quotes, for insecure."),
        ("out = 1", "auditor.toml needs a text in quotes for out."),
        ('out = "a\\u0000b"', "auditor.toml needs a text in quotes for out."),
        ('out = ["a"]', "auditor.toml needs a text in quotes for out."),
        ("out = 2026-01-01", "auditor.toml needs a text in quotes for out."),
        ('url-column = "photo"', 'auditor.toml needs a list of texts, such as ["…", "…"], for url-column.'),
        ("url-column = [1]", 'auditor.toml needs a list of texts, such as ["…", "…"], for url-column.'),
        ('slot = "MAIN,PT99"', "auditor.toml: slot: 'PT99' is no slot."),
        ('include = "all"', "auditor.toml: include takes one of fail, warn."),
        ("sample = true", 'auditor.toml needs a number, or a share such as "10%", for sample.'),
        ("sample = 2.5", "auditor.toml: sample: '2.5' is no sample"),
        ('lang = "de"', "auditor.toml: lang: there are texts in en, vi."),
        ("url_column = 1", "auditor.toml has the unknown key url_column: did you mean url-column?"),
        ("timeot = 1", "auditor.toml has the unknown key timeot: did you mean timeout?"),
        ('config = "x.toml"', "auditor.toml has the unknown key config: "),
        ("show-settings = true", "auditor.toml has the unknown key show-settings: "),
        ("feeds = 1", "auditor.toml has the unknown key feeds: "),
        ("[timeout]\nx = 1", "auditor.toml needs a number, without quotes, for timeout."),
        ("max-runtime = true", 'auditor.toml needs a length of time such as "6h", for max-runtime.'),
        ('max-runtime = "soon"', "auditor.toml: max-runtime: 'soon' is no length of time: write one such as"),
        ("resume = true\nfresh = true", "--resume goes on with an earlier run and --fresh never does"),
        ('header = ["s3cret"]', "auditor.toml: header: a header is written as 'Name: value'."),
        ('header = ["Host: s3cret"]', "auditor.toml: header: the header Host is not for users"),
        ('header = "X: s3cret"', 'auditor.toml needs a list of texts, such as ["…", "…"], for header.'),
        ('proxy = "ftp://u:s3cret@h"', "auditor.toml: proxy names no proxy"),
        ("proxy = 's3cret", "auditor.toml is no TOML (it ends early)."),
        ("timeout = 5\ntimeout = 6", "auditor.toml is no TOML (its last line begins or says again what"),
        ("timeout = 5\ntimeout = 6\n", "auditor.toml is no TOML (line 2 begins or says again what"),
        (b"\xff", "auditor.toml is no text in UTF-8."),
        ("a = " + "[" * 100_000, "auditor.toml"),
    ],
)
def test_a_slip_in_the_file_is_one_sentence(config: str | bytes, said: str) -> None:
    """Exit code 2; the sentence names file and key, and shows no secret."""
    error = shown(config=config, code=2)
    assert said in " ".join(error.split())
    assert "s3cret" not in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AUDITOR_TIMEOUT", "soon", "AUDITOR_TIMEOUT: 'soon' is no positive number of seconds."),
        ("AUDITOR_INSECURE", "maybe", "AUDITOR_INSECURE takes true or false."),
        ("AUDITOR_HEADER", "X: a\ns3cret", "AUDITOR_HEADER: a header is written as 'Name: value'."),
        ("AUDITOR_PROXY", "socks5://u:s3cret@h", "AUDITOR_PROXY names a proxy that is spoken to over socks5://"),
        ("AUDITOR_TIMEOT", "5", "unknown variable AUDITOR_TIMEOT: did you mean AUDITOR_TIMEOUT?"),
        ("AUDITOR_SHOW_SETTINGS", "1", "unknown variable AUDITOR_SHOW_SETTINGS: take it out."),
        ("AUDITOR_ZEBRA", "s3cret", "unknown variable AUDITOR_ZEBRA: take it out."),
    ],
)
def test_a_slip_in_the_environment_is_one_sentence(name: str, value: str, said: str) -> None:
    """Exit code 2; the sentence names the variable, and shows no secret."""
    error = shown(environment={name: value}, code=2)
    assert said in " ".join(error.split())
    assert "s3cret" not in error


def test_what_the_program_knows_otherwise_is_no_slip() -> None:
    """Variables that are no options are let be, empty ones are none."""
    environment = {"AUDITOR_TRACEBACK": "1", "AUDITOR_LANG": "en", "AUDITOR_TIMEOUT": "", "AUDITORS": "1"}
    assert "timeout = 20.0 # default" in shown(environment=environment)


def test_a_fault_of_the_file_is_told_after_those_of_the_flags() -> None:
    """A file that can't be read hides no wrong flag, and keeps no flag from counting."""
    assert "--retries" in shown("--retries", "x", "--config", "nowhere.toml", code=2)
    assert "nowhere.toml can't be read" in shown("--config", "nowhere.toml", code=2)


def test_a_run_obeys_the_file(tmp_path: Path) -> None:
    """A whole check with all settings from the file: its paths are relative to where the program runs."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "auditor.toml").write_text('out = "bad.csv"\ninclude = "warn"\nlimit = 1\nfail-on = "never"\n')
    write_feed(tmp_path, "ftp://h.example/a.jpg", "ftp://h.example/b.jpg")
    ran = asyncio.run(check(tmp_path, "--config", "etc/auditor.toml"))
    assert (ran.code, ran.err) == (0, ""), ran
    assert "failing 1 " in ran.out
    assert (tmp_path / "bad.csv").read_text().count("url-scheme") == 1


def test_other_commands_obey_the_language_too(tmp_path: Path) -> None:
    """AUDITOR_LANG counts wherever there is --lang."""
    assert tmp_path.is_dir()
    ran = CliRunner().invoke(program, ["policies"], env={"AUDITOR_LANG": "vi"}, prog_name="auditor")
    assert "Nguồn" in ran.output


SHARED = [flag.key for flag in options_of(repair) if flag.storable]


def in_both(*flags: str) -> tuple[Settings, Settings]:
    """What a check and a repair of the same feed make of the same file and environment."""
    ran = []
    for called, settings in ((command, settings_of_a_check), (repair, settings_of_a_repair)):
        with called.make_context(called.name, ["feed.tsv", *flags]) as ctx:
            ran.append(settings(ctx))
    return ran[0], ran[1]


@pytest.mark.parametrize("key", SHARED)
@pytest.mark.parametrize("place", ["file", "environment"])
def test_what_is_set_for_checks_counts_for_repairs_alike(
    key: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rules, columns, pace and access: from the file and from the environment, each option that both have."""
    in_the_file, in_a_variable = VALUES[key]
    flags: tuple[str, ...] = ()
    if place == "file":
        (tmp_path / "nightly.toml").write_text(f"{key} = {in_the_file}\n")
        flags = ("--config", "nightly.toml")
    else:
        monkeypatch.setenv("AUDITOR_" + key.upper().replace("-", "_"), in_a_variable)
    checked, repaired = in_both(*flags)
    assert (repaired.policy, repaired.feed, repaired.probe, repaired.frontier) == (
        *(checked.policy, checked.feed, checked.probe, checked.frontier),
    )
    told = (repaired.report.quiet, repaired.report.language)
    assert told == (checked.report.quiet, checked.report.language)
    assert checked != Settings(feeds=("feed.tsv",)), "the value is another than the default"


def test_what_belongs_to_single_hosts_counts_for_repairs_alike(tmp_path: Path) -> None:
    """Their headers and their pace."""
    host = '[hosts."cdn.example"]\nheaders = { Authorization = "Bearer x" }\nper-host = 3\n'
    (tmp_path / "nightly.toml").write_text(host)
    checked, repaired = in_both("--config", "nightly.toml")
    assert (repaired.probe, repaired.frontier) == (checked.probe, checked.frontier)
    assert repaired.probe.hosts
