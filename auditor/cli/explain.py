"""`auditor explain`: what a code of the reports means, or which there are."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from auditor.cli import candidates
from auditor.cli.help import Command
from auditor.cli.lang import language_option

if TYPE_CHECKING:
    from auditor.model import Code, Severity
    from auditor.texts import Texts

_MOST = 5  # codes proposed
_CLOSE = 0.65  # of 1: with less, words are proposed that have nothing but some letters in common


@click.command("explain", cls=Command, short_help="Explain a code of the reports.")
@click.argument("code", required=False, shell_complete=candidates.codes)
@language_option
@click.pass_context
def command(ctx: click.Context, /, code: str | None, language: str) -> None:
    """Explain CODE, as it stands in failing.csv: symptom, reason, solution, kind, and severity under each policy.

    What a report says of one image stands here in ‹›. Without CODE, list all codes by kind. Exit code: 0, or 2 if
    there is no such code.
    """
    from auditor import texts
    from auditor.cli.streams import answer

    words = texts.load(language)
    ctx.exit(answer(lambda: _explained(code, words) if code else _listed(words), language))


def _explained(slug: str, words: "Texts") -> str:
    from auditor.checks import CODES
    from auditor.errors import SettingsError

    if slug not in CODES:
        close = _like(slug.lower(), CODES)
        if not close:
            raise SettingsError("There is no code {code}, nor one like it: auditor explain lists them.", code=slug)
        raise SettingsError("There is no code {code}; did you mean {close}?", code=slug, close=", ".join(close))
    return "\n".join(_lines(CODES[slug], words))


def _like(slug: str, known: Iterable[str]) -> list[str]:
    """The codes that a word is a part of, else the one that it may be a slip of."""
    return [code for code in known if len(slug) > 2 and slug in code][:_MOST] or get_close_matches(
        slug, known, 1, _CLOSE
    )


def _lines(code: "Code", words: "Texts") -> Iterator[str]:
    """Everything about a code, line by line."""
    yield f"{code.slug}: {words.meaning(code.slug)}"
    yield ""
    yield words.phrase("explain-kind", kind=code.kind, meaning=words.phrase(f"kind-{code.kind}"))
    yield words.phrase("explain-severity", severity=_severity(code.severity, words))
    yield from _table((policy, _severity(codes[code.slug].severity, words)) for policy, codes in _policies().items())
    for case, parts in words.wordings(code.slug).items():
        yield ""
        if case:
            yield words.phrase("explain-case", case=case)
        yield from (words.phrase(f"explain-{part}", text=text) for part, text in parts.items())


def _severity(severity: "Severity", words: "Texts") -> str:
    return f"{severity} ({words.phrase(f'severity-{severity}')})"


def _policies() -> Mapping[str, Mapping[str, "Code"]]:
    """Every code with its severity under each policy that comes with the program."""
    from auditor import policies
    from auditor.checks import Judge

    return {name: Judge(policies.load(name)).codes for name in policies.names()}


def _listed(words: "Texts") -> str:
    """All codes under the default policy, by kind."""
    from auditor.model import Verdict
    from auditor.settings import Settings

    default = Settings().policy
    codes = _policies()[default].values()
    wide = max(len(code.slug) for code in codes)
    lines: list[str] = []
    for kind in Verdict:
        lines += [
            f"{kind}: {words.phrase(f'kind-{kind}')}",
            *_table(
                (f"{code.slug:<{wide}}", f"{code.severity:<4}", words.meaning(code.slug))
                for code in codes
                if code.kind is kind
            ),
            "",
        ]
    return "\n".join([*lines, words.phrase("explain-list", policy=default)])


def _table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    return ["  " + "  ".join(row) for row in rows]
