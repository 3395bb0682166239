"""What the program says where it says it: its source and its commands, held against the other languages."""

import ast
import errno
import os
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

import auditor
from auditor import errors, policies, texts
from auditor.cli.help import paragraphs
from auditor.cli.main import COMMANDS, program
from auditor.errors import AuditorError, Sentence

OTHERS = [name for name in texts.names() if name != "en"]
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
PACKAGE = Path(auditor.__file__).parent
# What the system says, in sentences of the program.
SYSTEM = frozenset(map(os.strerror, errno.errorcode)) | {"Name or service not known", "embedded null byte"}
# Words of a usage line that are the same in every language.
NAMES = frozenset({"ID", "URL"})


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """Give every module of the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def carriers() -> frozenset[str]:
    """Name what takes a template: a sentence, and every error that has one, wherever it is declared."""
    bases: dict[str, set[str]] = {}
    for _, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {base.id for base in node.bases if isinstance(base, ast.Name)}
    found = {"Sentence", "AuditorError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return frozenset(found)


def templates() -> Iterator[tuple[str, ast.expr]]:
    """Give the first argument of each sentence and error that the package makes, and where."""
    names = carriers()
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node.args[0]


def commands() -> Iterator[click.Command]:
    """Give the program and its commands."""
    yield program
    for name in COMMANDS:
        command = import_module(f"auditor.cli.{name}").command
        assert isinstance(command, click.Command)
        yield command


def help_texts() -> Iterator[str]:
    """Give all that stands in the help of any command."""
    yield from ("Usage:", "Options", "Commands", *COMMANDS.values())
    for command in commands():
        yield from paragraphs(command)
        ctx = click.Context(command, help_option_names=["--help"])
        for piece in command.collect_usage_pieces(ctx):
            yield from places(piece)
        for param in command.get_params(ctx):
            if isinstance(param, click.Option):
                yield param.help or ""
                yield getattr(param, "group", "")
                yield from () if param.is_flag else places(param.make_metavar(ctx))
                if isinstance(param.show_default, str) and param.show_default not in texts.names():
                    yield param.show_default


def places(usage: str) -> list[str]:
    """List the words in capitals."""
    return [word for word in re.findall(r"[A-Z]{2,}", usage) if word not in NAMES]


def policy_texts() -> Iterator[str]:
    """Give the titles and sources of the rule sets that come with the program."""
    for policy in map(policies.load, policies.names()):
        yield from (policy.title, policy.source)


def sentences() -> set[str]:
    """Give everything that has to be said in every language, but for what the system says."""
    # What is handed on as it came is said where it was made.
    literal = {str(template.value) for _, template in templates() if isinstance(template, ast.Constant)}
    return {
        said for said in literal.union(help_texts(), policy_texts()) if re.search("[A-Za-z]", PLACEHOLDER.sub("", said))
    }


def test_templates_are_literal() -> None:
    """A sentence put together with its values before it is said can't be said in another language."""
    handed_on = {"template", "text", "default", "group"}  # parameters: the library's own, and click's texts
    for place, template in templates():
        if isinstance(template, ast.Constant) and isinstance(template.value, str):
            continue
        known = isinstance(template, ast.Name) and template.id in handed_on
        assert known or place.partition(":")[0] in ("errors.py", "cli/policies.py"), place


def test_click_is_told_of_no_fault_in_words() -> None:
    """A type's own `fail` takes a finished text: a `Refusal` carries a sentence."""
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr != "fail", f"{path}:{node.lineno}"


def test_every_type_of_value_can_be_said() -> None:
    """What click says of a wrong value by itself is English: each type has its own sentence, or refuses with one."""
    own = (click.Choice, click.IntRange, click.Path, click.types.BoolParamType, click.types.StringParamType)
    for command in commands():
        for param in command.params:
            ours = type(param.type).__module__.startswith("auditor.")
            assert ours or isinstance(param.type, own), param


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_said_in_every_language(language: str) -> None:
    """No sentence is left in English, and none is there that nobody says any more."""
    said = set(texts.load(language).messages)
    assert sorted(sentences() - said) == []
    assert sorted(said - sentences() - SYSTEM) == []


@pytest.mark.parametrize("language", OTHERS)
def test_messages_show_the_same_values(language: str) -> None:
    """A translation shows each value of its English, in the same form."""
    for english, other in texts.load(language).messages.items():
        if english in SYSTEM or english in set(help_texts()):
            continue
        assert set(PLACEHOLDER.findall(other)) == set(PLACEHOLDER.findall(english)), english


def test_what_the_system_says_is_known() -> None:
    """The commonest reasons why a file or a port can't be had have their Vietnamese."""
    known = texts.load("vi").messages
    for number in (errno.ENOENT, errno.EACCES, errno.EISDIR, errno.ENOTDIR, errno.ENOSPC, errno.ECONNREFUSED):
        assert os.strerror(number) in known


def test_sentences_inside_a_sentence_are_said_too() -> None:
    """The whole is in one language, its numbers written as there."""
    empty = Sentence("{name} is empty; export the feed again.", name=Sentence("Standard input"))
    error = AuditorError("{fault} It has {rows:,} rows in {seconds:g} s.", fault=empty, rows=12345, seconds=1.5)
    assert str(error) == "Standard input is empty; export the feed again. It has 12,345 rows in 1.5 s."
    said = texts.load("vi").said(error.sentence)
    assert said.startswith("Đầu vào chuẩn trống;")
    assert said.endswith("12.345 rows in 1,5 s.")  # what the catalogue lacks stays English


def test_a_value_is_never_taken_for_a_template() -> None:
    """Braces in a file's name stay braces, in every language."""
    error = errors.FeedError("{name} is empty; export the feed again.", name="{0.__class__}{size}")
    for language in texts.names():
        assert "{0.__class__}{size}" in texts.load(language).said(error.sentence)
