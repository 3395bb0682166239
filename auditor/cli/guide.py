"""`auditor guide`: what to do about missing pictures, step by step."""

import click

from auditor.aftermath.methods import METHODS
from auditor.cli.help import Command
from auditor.cli.lang import language_option


@click.command("guide", cls=Command, short_help="Show what to do about missing pictures.")
@click.option(
    "--method",
    type=click.Choice(METHODS),
    help="How you manage products: by inventory feeds, or by Add a Product and Manage Inventory. Without it, both.",
)
@language_option
@click.pass_context
def command(ctx: click.Context, /, method: str | None, language: str) -> None:
    """Show the steps that Amazon's help page asks for when a product shows no picture, up to the support case.

    Exit code: 0.
    """
    from auditor import texts
    from auditor.aftermath.guide import guide
    from auditor.cli.streams import answer

    words = texts.load(language)
    ctx.exit(answer(lambda: "\n".join(guide(method, words)), language))
