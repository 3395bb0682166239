"""Help in the language asked for: what click prints, with each of its texts said by a catalogue."""

import inspect
import re
from collections.abc import MutableMapping
from typing import Any

import click

from auditor.cli.lang import language_of, said
from auditor.cli.usage import Surplus
from auditor.errors import Sentence

_PLACE = re.compile(r"[A-Z]{2,}")  # in a usage line: FILE, COMMAND


class Command(click.Command):
    """A command that speaks the language it is called in, and has its help under -h, too, however it is called."""

    def __init__(
        self, name: str | None, context_settings: MutableMapping[str, Any] | None = None, **named: Any
    ) -> None:
        super().__init__(name, {"help_option_names": ["-h", "--help"], **(context_settings or {})}, **named)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as click does, and have every mistake know its command."""
        ctx.allow_extra_args = True
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise
        if rest and not isinstance(self, click.Group) and not ctx.resilient_parsing:
            raise Surplus(rest, ctx)
        return rest

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line that begins with Usage."""
        pieces = " ".join(_places(piece, ctx) for piece in self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, say("Usage:", ctx) + " ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the command does."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text("\n\n".join(say(paragraph, ctx) for paragraph in paragraphs(self)))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, each with its default and its range, in sections in the order of their first ones."""
        sections: dict[str, list[tuple[str, str]]] = {}
        group = "Options"
        for flag in self.get_params(ctx):
            if isinstance(flag, click.Option) and not flag.hidden:
                group = getattr(flag, "group", "") or group
                sections.setdefault(group, []).append(_row(flag, ctx))
        for title, rows in sections.items():
            with formatter.section(say(title, ctx)):
                formatter.write_dl(rows)


def paragraphs(command: click.Command) -> list[str]:
    """Give what a command says of itself, a line for each paragraph."""
    return [" ".join(paragraph.split()) for paragraph in inspect.cleandoc(command.help or "").split("\n\n")]


def say(text: str, ctx: click.Context) -> str:
    """Say one of click's or a command's own texts."""
    return said(Sentence(text), language_of(ctx))


def _places(text: str, ctx: click.Context) -> str:
    """Say the words in capitals that stand for what a user writes in their place."""
    return _PLACE.sub(lambda place: say(place[0], ctx), text)


def _row(option: click.Option, ctx: click.Context) -> tuple[str, str]:
    names, _ = option.get_help_record(ctx) or ("", "")
    metavar = option.make_metavar(ctx)
    extra = option.get_help_extra(ctx)
    notes = (
        [said(Sentence("env var: {names}", names=", ".join(extra["envvars"])), language_of(ctx))]
        if "envvars" in extra
        else []
    )
    if "default" in extra:
        default = option.show_default if isinstance(option.show_default, str) else extra["default"]
        notes.append(said(Sentence("default: {value}", value=Sentence(default)), language_of(ctx)))
    if isinstance(option.type, click.IntRange):
        notes.append(said(_range(option.type), language_of(ctx)))
    text = say(option.help or "", ctx) + (f"  [{'; '.join(notes)}]" if notes else "")
    return names if option.is_flag else names.replace(metavar, _places(metavar, ctx)), text


def _range(numbers: click.IntRange) -> Sentence:
    if numbers.max is None:
        return Sentence("at least {least:,}", least=numbers.min)
    return Sentence("{least:,} to {most:,}", least=numbers.min, most=numbers.max)
