"""`auditor submitted`: notes that a feed was sent to Amazon, and when."""

from pathlib import Path
from typing import Any

import click

from auditor.cli import candidates, clock
from auditor.cli.feed_options import feed_options, feed_settings
from auditor.cli.help import Command
from auditor.cli.lang import language_option
from auditor.cli.types import Moment


@click.command("submitted", cls=Command, short_help="Note that a feed was sent to Amazon, and when.")
@click.argument("feed", metavar="FEED", shell_complete=candidates.files)
@click.option("--batch-id", "batch", default="", metavar="ID", help="The Batch ID that Seller Central gave the upload.")
@click.option(
    "--at",
    type=Moment(),
    metavar="TIME",
    help="When it was sent, if that isn't now: such as '2026-11-24 09:30', by the clock of this computer, or with a "
    "zone behind it: +07:00, Z or America/Los_Angeles.",
)
@click.option(
    "--state", type=click.Path(path_type=Path), required=True, metavar="FILE", help="The state file to note it in."
)
@feed_options
@language_option
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> None:
    """Note which products and images of FEED were sent to Amazon, and when, for `auditor pending` and `auditor case`.

    A product waits from the upload that was the first to have its main image as it is now, so an image that is sent
    again under the same address begins no new wait. The same Batch ID noted again with --at corrects the time, but not
    past another upload of the feed or of its products. Exit code: 0, or 2 if it couldn't be noted.
    """
    from auditor.cli.running import run_command
    from auditor.run import Interrupt

    async def submitted(_: Interrupt) -> int:
        await _note(flags)
        return 0

    ctx.exit(run_command(submitted, flags["language"]))


async def _note(flags: dict[str, Any]) -> None:
    from auditor import texts
    from auditor.aftermath.moments import local, utc
    from auditor.aftermath.submitted import note_upload
    from auditor.cli.streams import show
    from auditor.settings import Settings

    words = texts.load(flags["language"])
    settings = Settings(feeds=(flags["feed"],), feed=feed_settings(flags), clock=clock.now)
    noted = await note_upload(flags["state"], settings, flags["batch"], flags["at"])
    upload = noted.upload
    until = upload.sent + settings.aftermath.wait
    show(words.phrase("submitted-again" if noted.again else "submitted", feed=upload.feed, products=upload.products))
    show(words.phrase("submitted-at", local=local(upload.sent), utc=utc(upload.sent)))
    if noted.fresh:
        show(words.phrase("submitted-fresh", count=noted.fresh, local=local(until), utc=utc(until)))
