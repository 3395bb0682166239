"""A command line that can't be understood: what is wrong with it, as one sentence with what to do."""

import click

from auditor.cli.option import Option
from auditor.errors import Sentence


class Refusal(click.BadParameter):
    """A value that can't be used. The sentence goes on after the option's name and a colon."""

    def __init__(self, sentence: Sentence, param: click.Parameter | None, ctx: click.Context | None) -> None:
        super().__init__(str(sentence), ctx, param)
        self.sentence = sentence


class Surplus(click.UsageError):
    """Words that a command takes no notice of."""

    def __init__(self, words: list[str], ctx: click.Context) -> None:
        super().__init__(" ".join(words), ctx)


class NoSuchCommand(click.UsageError):
    """A command that there isn't. `close` is the nearest one, if any is near."""

    def __init__(self, name: str, close: str | None, ctx: click.Context) -> None:
        super().__init__(name, ctx)
        self.close = close


def mistake(error: click.ClickException) -> Sentence:
    """Say what is wrong with a command line."""
    ctx = getattr(error, "ctx", None)
    command = ctx.command_path if ctx else "auditor"
    match error:
        case click.BadParameter():
            return _value(error, command)
        case click.NoSuchOption():
            return _no_option(error, command)
        case click.BadOptionUsage():
            return _option(error, command)
        case NoSuchCommand():
            return _no_command(error)
        case Surplus():
            return Sentence("{command} has no use for {words!r}; leave it out.", command=command, words=error.message)
    return Sentence("The command line can't be understood: {why}", why=error.format_message())


def _value(error: click.BadParameter, command: str) -> Sentence:
    """Say what is wrong with a value, or that there is none."""
    option = _named(error)
    if isinstance(error, Refusal):
        return Sentence("{option}: {why}", option=option, why=error.sentence)
    if isinstance(error, click.MissingParameter):
        return Sentence("{command} needs {what}; {command} --help says more.", command=command, what=option)
    return _allowed(error, option)


def _allowed(error: click.BadParameter, option: Sentence | str) -> Sentence:
    """Say what values there are, by the type of what was given a wrong one."""
    kind = error.param.type if error.param else None
    match kind:
        case click.Choice():
            return Sentence("{option} takes one of {known}.", option=option, known=", ".join(map(str, kind.choices)))
        case click.IntRange(min=least, max=None):
            return Sentence("{option} takes a whole number of at least {least:,}.", option=option, least=least or 0)
        case click.IntRange(min=least, max=most):
            return Sentence(
                "{option} takes a whole number from {least:,} to {most:,}.", option=option, least=least or 0, most=most
            )
        case click.types.BoolParamType():
            return Sentence("{option} takes true or false.", option=option)
        case click.Path(file_okay=False):
            return Sentence("{option} must be a folder.", option=option)
    return Sentence("{option} can't be used: {why}", option=option, why=error.message)


def _no_option(error: click.NoSuchOption, command: str) -> Sentence:
    if error.possibilities:
        close = error.possibilities[0]
        return Sentence("There is no option {option}; did you mean {close}?", option=error.option_name, close=close)
    return Sentence(
        "There is no option {option}; {command} --help lists those there are.",
        option=error.option_name,
        command=command,
    )


def _option(error: click.BadOptionUsage, command: str) -> Sentence:
    params = error.ctx.command.params if error.ctx else ()
    flags = {name for param in params if isinstance(param, click.Option) and param.is_flag for name in param.opts}
    if error.option_name in flags:
        return Sentence("{option} takes no value; leave out the = and what follows it.", option=error.option_name)
    return Sentence(
        "{option} needs a value after it; {command} --help says more.", option=error.option_name, command=command
    )


def _no_command(error: NoSuchCommand) -> Sentence:
    if error.close:
        return Sentence("There is no command {name!r}; did you mean {close}?", name=error.message, close=error.close)
    return Sentence(
        "There is no command {name!r}; auditor --help lists the commands, and auditor check FEED checks a feed.",
        name=error.message,
    )


def _named(error: click.BadParameter) -> Sentence | str:
    """Name what was given: an option by its longest name, a variable of the environment, an argument as usage does."""
    param, ctx = error.param, error.ctx
    if param is None or ctx is None:
        return "auditor"
    if isinstance(param, click.Argument):
        text = param.make_metavar(ctx).strip("[].")
        return Sentence(text)
    if isinstance(param, Option):
        return param.origin(ctx)
    return max(param.opts, key=len)
