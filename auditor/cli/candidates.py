"""What the shell may offer for a value, where click doesn't know it by the value's type."""

import click
from click.shell_completion import CompletionItem

Candidates = list[CompletionItem[str]]


def files(ctx: click.Context, parameter: click.Parameter, begun: str) -> Candidates:  # noqa: ARG001  # click's signature
    """Any file."""
    return [CompletionItem(begun, type="file")]


def policies(ctx: click.Context, parameter: click.Parameter, begun: str) -> Candidates:
    """The policies that come with the program, or else a file."""
    return policy_names(ctx, parameter, begun) or files(ctx, parameter, begun)


def policy_names(ctx: click.Context, parameter: click.Parameter, begun: str) -> Candidates:  # noqa: ARG001  # likewise
    """The policies that come with the program."""
    from auditor import policies

    return [CompletionItem(name) for name in policies.names() if name.startswith(begun)]


def codes(ctx: click.Context, parameter: click.Parameter, begun: str) -> Candidates:  # noqa: ARG001  # likewise
    """The codes of the reports."""
    from auditor.checks import CODES

    return [CompletionItem(code) for code in CODES if code.startswith(begun)]


def languages(ctx: click.Context, parameter: click.Parameter, begun: str) -> Candidates:  # noqa: ARG001  # likewise
    """The languages there are texts for."""
    from auditor import texts

    return [CompletionItem(name) for name in texts.names() if name.startswith(begun)]


def slots(ctx: click.Context, parameter: click.Parameter, begun: str) -> Candidates:  # noqa: ARG001  # likewise
    """One slot; fish takes a comma for the end of it, so that a list can't be offered."""
    from auditor.settings import SLOTS

    return [CompletionItem(slot) for slot in SLOTS if slot.startswith(begun.upper())]
