"""`auditor completion`: what makes a shell complete commands, options and their values."""

import click

from auditor.cli.help import Command
from auditor.cli.lang import language_option

# Where each shell reads at its start, and the line that belongs there.
INSTALL = {
    "bash": ("~/.bashrc", 'eval "$(auditor completion bash)"'),
    "zsh": ("~/.zshrc", 'autoload -Uz compinit && compinit && eval "$(auditor completion zsh)"'),
    "fish": ("~/.config/fish/config.fish", "auditor completion fish | source"),
}


@click.command("completion", cls=Command, short_help="Let the shell complete what is typed.")
@click.argument("shell", type=click.Choice(list(INSTALL)))
@language_option
@click.pass_context
def command(ctx: click.Context, /, shell: str, language: str) -> None:
    """Print what makes SHELL complete commands, options, policies, codes and files after the Tab key.

    A comment in it says where it belongs; bash has to be 4.4 or later. Exit code: 0.
    """
    from auditor.cli.streams import show

    show(_script(ctx, shell, language))


def _script(ctx: click.Context, shell: str, language: str) -> str:
    """Click's own script for a shell, with a comment how to install it."""
    from click.shell_completion import get_completion_class

    from auditor import texts

    script = get_completion_class(shell)
    assert script is not None  # noqa: S101  # click has these three
    program = ctx.find_root()
    name = program.info_name or "auditor"
    lines = script(program.command, {}, name, f"_{name}_COMPLETE".upper()).source().rstrip("\n").split("\n")
    file, line = INSTALL[shell]
    comment = texts.load(language).phrase("completion", shell=shell, file=file, line=line)
    # The first line of zsh's says what it completes, and must stay the first.
    lines.insert(1 if lines[0].startswith("#compdef") else 0, f"# {comment}")
    return "\n".join(lines)
