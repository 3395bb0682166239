"""The README tells the truth: its options, commands, codes, exit codes, links and examples are those of the program."""

import asyncio
import re
import shlex
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from configparser import ConfigParser
from pathlib import Path
from shutil import which

import click
import pytest
from commands import auditor

from auditor import policies, texts
from auditor.checks import CODES, Judge
from auditor.cli.main import COMMANDS, program
from auditor.cli.streams import INTERRUPTED
from auditor.cli.types import Duration
from auditor.demo import expected, write_feed
from auditor.errors import AuditorError, IncompleteError
from auditor.feeds.formats import every_format
from auditor.model import Severity

TEXT = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SECTIONS = dict(part.split("\n", 1) for part in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:])
ANYWHERE = re.compile(rf"(?:(?<=[\s`/(])|^)auditor ((?:{'|'.join(COMMANDS)})\b[^`\n&|>;)]*)", re.MULTILINE)
BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
# Options of curl, of systemctl, and of our own benchmarks.
OTHERS = {"--parallel", "--now"}.union(
    *(re.findall(r"\"(--[a-z-]+)\"", script.read_text("utf-8")) for script in BENCHMARKS.glob("*.py"))
)


def rows(text: str) -> list[list[str]]:
    """The cells of the tables in a text, without their headings and code marks."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return [[cell.strip("`") for cell in row] for row in cells if row[0].startswith("`") or row[0].isdecimal()]


def command(name: str) -> click.Command:
    """A command of the program."""
    found = program.get_command(click.Context(program), name)
    assert found
    return found


def context(name: str) -> click.Context:
    """The context in which a command prints its help."""
    return click.Context(command(name), info_name=name, help_option_names=["-h", "--help"], obj="en")


def flags(name: str) -> list[click.Option]:
    """The options of a command, in the order of its --help."""
    return [flag for flag in command(name).get_params(context(name)) if isinstance(flag, click.Option)]


def written_default(flag: click.Option) -> str:
    """An option's default as the README's tables have it."""
    ctx = context("check")
    if flag.name == "help" or not flag.opts:
        return ""
    if flag.secondary_opts:
        return "yes" if flag.get_default(ctx) is True else "no"
    if not flag.show_default:
        return "auditor/…" if flag.name == "user_agent" else ""
    if isinstance(flag.show_default, str):
        return flag.show_default
    default = flag.get_default(ctx)
    return f"{default:g}" if isinstance(default, float) else str(default)


def test_every_option_of_check_stands_there() -> None:
    """By the sections of --help, in its order, with its metavar and default."""
    shown: dict[str, list[tuple[str, str]]] = {}
    for part in SECTIONS["Options of `auditor check`"].split("\n### ")[1:]:
        title, text = part.split("\n", 1)
        if table := [(row[0], row[1]) for row in rows(text)]:
            shown[title] = table
    wanted: dict[str, list[tuple[str, str]]] = {}
    group = ""
    for flag in flags("check"):
        group = getattr(flag, "group", "") or group
        names = (flag.get_help_record(context("check")) or ("", ""))[0]
        wanted.setdefault(group, []).append((names, written_default(flag)))
    assert shown == wanted


def test_every_word_with_two_dashes_is_an_option() -> None:
    """No option of any command is missing, and none stands there that doesn't exist."""
    every = [*program.params, *(flag for name in COMMANDS for flag in flags(name))]
    known = {name for flag in every for name in (*flag.opts, *flag.secondary_opts) if name.startswith("--")}
    found = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", TEXT))
    assert not known - found, f"the README lacks {sorted(known - found)}"
    assert not found - known - OTHERS, f"the README has what isn't there: {sorted(found - known - OTHERS)}"


def test_every_command_stands_there() -> None:
    """In a table of their own, in the order of --help, and no other."""
    named = [row[0].split()[1] for row in rows(SECTIONS["Commands"])]
    assert list(dict.fromkeys(named)) == list(COMMANDS)


def test_the_codes_are_those_of_the_program() -> None:
    """Each once, with kind, default severity and meaning, in the order of `auditor explain`."""
    words = texts.load("en")
    wanted = [[code.slug, code.kind, code.severity, words.meaning(code.slug)] for code in CODES.values()]
    shown = rows(SECTIONS["Codes"])
    lacking = [row for row in wanted if row not in shown]
    surplus = [row for row in shown if row not in wanted]
    assert (lacking, surplus) == ([], []), f"the README lacks {lacking} and has wrongly {surplus}"
    ran = asyncio.run(auditor("explain", cwd=Path.cwd()))
    assert [row[0] for row in shown] == re.findall(r"^  ([a-z-]+) ", ran.out, re.MULTILINE)


def test_the_exit_codes_are_those_of_the_program() -> None:
    """Those of the errors and of --help."""
    shown = [int(row[0]) for row in rows(SECTIONS["Every night, unattended"])]
    said = str(command("check").help).split("Exit code: ")[1]
    assert shown == [int(number) for number in re.findall(r"\d+", said)]
    assert shown == [0, 1, AuditorError.exit_code, IncompleteError.exit_code, INTERRUPTED]


def lines() -> Iterator[str]:
    """Every command line of the README, in its blocks and in its sentences, without what the shell keeps."""
    for found in ANYWHERE.finditer(TEXT):
        yield found[1].replace("[CODE]", "").replace("[NAME]", "").strip()


@pytest.mark.parametrize("line", sorted(set(lines())))
def test_the_command_lines_parse(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is what its command takes; files that it names needn't be there."""
    monkeypatch.chdir(tmp_path)
    name, *arguments = shlex.split(line)
    parent = click.Context(program, info_name="auditor", obj="en")
    if not arguments and name in ("check", "completion", "repair"):
        return  # it is only named
    command(name).make_context(name, arguments, parent=parent)


def toml(beginning: str) -> str:
    """The TOML example that begins so."""
    blocks: list[str] = re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if block.startswith(beginning))


def test_the_configuration_loads(tmp_path: Path) -> None:
    """Every value of the example is taken, and is what then holds."""
    example = toml("policy")
    (tmp_path / "nightly.toml").write_text(example.replace("Bearer …", "Bearer x"), encoding="utf-8")
    ran = asyncio.run(auditor("check", "--show-settings", "--config", "nightly.toml", cwd=tmp_path))
    assert (ran.code, ran.err) == (0, ""), ran
    table = tomllib.loads(example)
    hosts = table.pop("hosts")
    table["max-age"] = Duration().convert(table["max-age"], None, None)
    shown = tomllib.loads(ran.out)
    assert {name: shown[name] for name in table} == table
    assert list(shown["hosts"]) == list(hosts)


def units() -> dict[str, ConfigParser]:
    """The systemd units, by what each is."""
    found = {}
    for block in re.findall(r"^```ini\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL):
        unit = ConfigParser(interpolation=None)
        unit.optionxform = str  # type: ignore[method-assign, assignment]  # names of settings have capitals
        unit.read_string(block)
        found["timer" if "Timer" in unit else "service"] = unit
    return found


def test_the_units_use_exit_codes_as_they_are_meant() -> None:
    """Failing images are a success; a run that couldn't begin isn't begun again, an incomplete one goes on."""
    service = units()["service"]["Service"]
    assert service["SuccessExitStatus"] == "1"
    assert service["Restart"] == "on-failure"
    never = {int(code) for code in service["RestartPreventExitStatus"].split()}
    assert never == {AuditorError.exit_code, INTERRUPTED}
    assert IncompleteError.exit_code not in never
    crontab = next(line for line in TEXT.splitlines() if line.startswith("    30 2 * * * "))
    run = service["ExecStart"]
    assert f"cd {service['WorkingDirectory']} && {run} >" in crontab
    assert "%" not in crontab + run  # a new line to cron, a specifier to systemd


@pytest.mark.skipif(which("systemd-analyze") is None, reason="there is no systemd here")
def test_the_units_are_valid(tmp_path: Path) -> None:
    """To systemd itself, once the program and the folder are where they say."""
    program_here = Path(sys.executable).with_name("auditor")
    for kind, unit in units().items():
        if kind == "service":
            unit["Service"]["ExecStart"] = unit["Service"]["ExecStart"].replace(
                "/srv/auditor/.venv/bin/auditor", str(program_here)
            )
            unit["Service"]["WorkingDirectory"] = str(tmp_path)
        with (tmp_path / f"auditor.{kind}").open("w", encoding="utf-8") as file:
            unit.write(file, space_around_delimiters=False)
    paths = sorted(str(path) for path in tmp_path.iterdir())
    command = ["systemd-analyze", "verify", "--man=no", *paths]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own files
    assert [line for line in verified.stderr.splitlines() if "auditor." in line] == []
    assert len(paths) == 2


def test_the_rules_of_ones_own_load(tmp_path: Path) -> None:
    """The lines below [severity], put below the last line of a policy that was saved, count."""
    saved = policies.rules("amazon-current")
    assert saved.splitlines()[-1].startswith("[severity]")
    path = tmp_path / "mine.toml"
    path.write_text(saved + toml("[severity]\n").partition("\n")[2], encoding="utf-8")
    codes = Judge(policies.choose(str(path))).codes
    assert codes["image-without-zoom"].severity is Severity.FAIL
    assert codes["url-query-string"].severity is Severity.OFF


def test_the_policies_are_those_of_the_program() -> None:
    """Each is named in the table, and what they differ in is true."""
    shown = {row[0]: row[1] for row in rows(SECTIONS["Policies"])}
    assert sorted(shown) == list(policies.names())
    assert ", ".join(policies.load("amazon-us-2022").formats) in shown["amazon-us-2022"]
    more = set(policies.load("amazon-current").formats) - set(policies.load("amazon-us-2022").formats)
    assert [name for name in more if name not in shown["amazon-current"]] == []


def test_the_formats_are_those_of_the_program() -> None:
    """Each that --feed-format takes is named."""
    named = SECTIONS["Feeds"].partition("`--feed-format` takes ")[2].partition(".")[0]
    assert re.findall(r"`([a-z-]+)`", named) == [one.name for one in every_format()]


def test_the_demos_numbers_are_true(tmp_path: Path) -> None:
    """What the README prints of the demo is what is planted: codes with their counts, images, kinds of fault."""
    plantings = write_feed(tmp_path / "feed.tsv", "http://127.0.0.1:8765")
    images = expected(plantings)
    planted = Counter(code for codes in images.values() for code in codes)
    words = texts.load("en")
    shown = SECTIONS["Try it"]
    kinds = len({planting.plant.name for planting in plantings if planting.plant.codes})
    assert words.phrase("demo-agrees", images=len(images), kinds=kinds) in shown
    failing = [code for code in planted if CODES[code].severity is Severity.FAIL]
    rows_failing = len({row for (row, _), codes in images.items() if codes & {*failing}})
    assert words.phrase("headline", failing=rows_failing, read=3000) in shown
    summary = re.findall(r"^ +(\d+)  ([a-z-]+) +(.*)$", shown, re.MULTILINE)
    assert [[int(count), code, words.meaning(code)] for count, code, _ in summary] == [
        [planted[code], code, meaning] for _, code, meaning in summary
    ]
    assert words.phrase("codes-more", count=len(failing) - len(summary)) in shown
    assert [code for _, code, _ in summary] == most(planted, failing)[: len(summary)]
    for count, found, code in re.findall(r"✓ +(\d+) +(\d+)  ([a-z-]+)", shown):
        assert (int(count), int(found)) == (planted[code],) * 2


def most(counts: Counter[str], codes: Sequence[str]) -> list[str]:
    """Codes, the most frequent first."""
    return sorted(codes, key=lambda code: (-counts[code], code))


def test_the_links_inside_lead_somewhere() -> None:
    """Each goes to a heading."""
    headings = re.findall(r"^#+ (.*)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert [link for link in re.findall(r"\]\(#([^)]*)\)", TEXT) if link not in anchors] == []


def test_each_table_is_whole_and_each_heading_stands_apart() -> None:
    """A row or a heading that lost its place is shown as plain text."""
    for block in re.split(r"\n\n+", re.sub(r"^(```).*?^\1$", "", TEXT, flags=re.MULTILINE | re.DOTALL)):
        first, *others = block.strip("\n").split("\n")
        assert not any(line.startswith("#") for line in others), block
        if first.startswith("|"):
            assert set(others[0]) <= set("|-: "), block


@pytest.mark.parametrize("command", [". && .venv/bin/auditor demo", "'.[test]' && .venv/bin/pytest"])
def test_the_set_up_commands_stand_there_once(command: str) -> None:
    """On a line of their own, as they are copied and as CI takes them from here."""
    setting_up = [line for line in TEXT.splitlines() if f"pip install {command}" in line]
    assert setting_up == [f"    python3 -m venv .venv && .venv/bin/pip install {command}"]
