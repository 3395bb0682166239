"""`--lang`: in which language the program speaks, from its first word on."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from auditor.cli import candidates
from auditor.cli.option import option
from auditor.errors import Sentence

VARIABLE = "AUDITOR_LANG"
_FLAG = "--lang"
_ENGLISH = "en"  # what the program is written in: no catalogue has to be read for it


def spoken(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Tell the language before anything else is understood: the last `--lang` anywhere, else `AUDITOR_LANG`.

    English where neither is there, or names a language without texts.
    """
    asked = environment.get(VARIABLE, _ENGLISH)
    for place, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument.startswith(_FLAG + "="):
            asked = argument.removeprefix(_FLAG + "=")
        elif argument == _FLAG and place + 1 < len(arguments):
            asked = arguments[place + 1]
    return asked if asked != _ENGLISH and asked in _names() else _ENGLISH


def said(sentence: Sentence, language: str) -> str:
    """Say a sentence in a language there are texts for."""
    if language == _ENGLISH:
        return str(sentence)
    from auditor import texts

    return texts.load(language).said(sentence)


def language_of(ctx: click.Context) -> str:
    """Tell the language in which a command was called."""
    found = ctx.find_root().obj
    return found if isinstance(found, str) else _ENGLISH


class Language(click.ParamType[str]):
    """One of the languages there are texts for, looked for only when they are needed."""

    name = "language"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002  # click's signature
        """List them."""
        return f"[{'|'.join(_names())}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse any other."""
        from auditor.cli.usage import Refusal

        if value in _names():
            return str(value)
        raise Refusal(Sentence("there are texts in {known}.", known=", ".join(_names())), param, ctx)


def language_option(command: Any, group: str = "") -> Any:
    """Give a command the option `--lang`; without it, it speaks as the program was asked to."""
    return option(
        _FLAG,
        "language",
        group=group,
        type=Language(),
        default=lambda: language_of(click.get_current_context()),
        show_default=_ENGLISH,
        shell_complete=candidates.languages,
        help="The language of the texts.",
    )(command)


def _names() -> tuple[str, ...]:
    from auditor import texts

    return texts.names()
