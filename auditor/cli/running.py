"""How a command runs: the event loop, Ctrl-C and SIGTERM, errors as one sentence, the exit code."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine

from auditor import texts
from auditor.cli.lang import said
from auditor.cli.streams import INTERRUPTED, leave, tell
from auditor.engines.loop import loop_factory
from auditor.errors import AuditorError, Sentence
from auditor.run import Interrupt

FAULT = 3
TRACEBACK = "AUDITOR_TRACEBACK"


def run_command(main: Callable[[Interrupt], Coroutine[None, None, int]], language: str) -> int:
    """Run a command to its exit code. The first Ctrl-C or SIGTERM ends it in order, a second one at once."""
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(_guarded(main, language))
    except AuditorError as error:
        tell("auditor: " + said(error.sentence, language))
        return error.exit_code
    except (asyncio.CancelledError, KeyboardInterrupt):
        tell("auditor: " + said(Sentence("stopped."), language))
        return INTERRUPTED
    except Exception as error:
        if TRACEBACK in os.environ:
            raise
        fault = Sentence(
            "a fault of its own stopped it ({name}: {why}). Please report it, with what it prints when {variable}=1 is "
            "set.",
            name=type(error).__name__,
            why=error,
            variable=TRACEBACK,
        )
        tell("auditor: " + said(fault, language))
        return FAULT


async def _guarded(main: Callable[[Interrupt], Coroutine[None, None, int]], language: str) -> int:
    words = texts.load(language)
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  # a coroutine run by a runner is in a task
    interrupt = Interrupt(task.cancel)

    def asked() -> None:
        if interrupt.asked:
            tell("\nauditor: " + words.phrase("stopped-at-once"))
            leave(INTERRUPTED)
        interrupt.now()
        tell("\nauditor: " + words.phrase("stopping"))

    for name in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(name, asked)
        except NotImplementedError:  # Windows has no such handlers; Ctrl-C cancels there
            break
    return await main(interrupt)
