"""`auditor policies`: the sets of rules that come with the program."""

from typing import TYPE_CHECKING

import click

from auditor.cli import candidates
from auditor.cli.help import Command
from auditor.cli.lang import language_option

if TYPE_CHECKING:
    from auditor.policies import Change


@click.command("policies", cls=Command, short_help="List the policies, or show one.")
@click.argument("name", required=False, shell_complete=candidates.policy_names)
@language_option
@click.pass_context
def command(ctx: click.Context, /, name: str | None, language: str) -> None:
    """Show the rules of the policy NAME, as its file has them; without NAME, list the policies with their sources.

    Saved as a file, the rules are a start for your own: auditor policies amazon-current > mine.toml, then
    auditor check FEED --policy mine.toml. Exit code: 0, or 2 if there is no such policy.
    """
    from auditor.cli.streams import answer

    ctx.exit(answer(lambda: _rules(name) if name else _listed(language), language))


def _rules(name: str) -> str:
    from auditor import policies

    return policies.rules(name).removesuffix("\n")  # printing puts it back


def _said(change: "Change") -> str:
    """Write changed rules as the policy's file does, near enough."""
    return ", ".join(f"{key} = {value}" for key, value in change.rules.items())


def _listed(language: str) -> str:
    from auditor import policies, texts
    from auditor.errors import Sentence
    from auditor.settings import Settings

    words, default = texts.load(language), Settings().policy
    lines: list[str] = []
    for policy in map(policies.load, policies.names()):
        lines += [
            words.phrase("policy-default", name=policy.name) if policy.name == default else policy.name,
            *(
                f"  {words.phrase(f'policy-{key}', text=words.said(Sentence(getattr(policy, key))))}"
                for key in ("title", "date", "source")
            ),
            *(f"  {words.phrase('policy-from', date=change.date, rules=_said(change))}" for change in policy.changes),
            "",
        ]
    return "\n".join([*lines, words.phrase("policy-list")])
