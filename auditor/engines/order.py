"""What a run is to do, in a form that a worker can be told."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import NamedTuple, TypeAlias

from auditor.checks import Judge
from auditor.policies import Policy
from auditor.probe import Looks, open_looks
from auditor.settings import Settings

OpenLooks: TypeAlias = Callable[[Settings, Path | None], AbstractAsyncContextManager[Looks]]


class Order(NamedTuple):
    """The settings, what they name as it was when the run began (in seconds since the epoch), and how looks are opened.

    Downloads go beside a path. `before` is the policy by which the night before judged, where it is known. It is
    pickled, once per worker: a look that a test brings must stand in a module.
    """

    settings: Settings
    policy: Policy
    placeholders: frozenset[str]
    started: float
    beside: Path | None = None
    before: Policy | None = None
    looks: OpenLooks = open_looks

    def judge(self) -> Judge:
        """The judge of this run."""
        return Judge(
            self.policy,
            allow_private=self.settings.probe.allow_private,
            now=self.started,
            placeholders=self.placeholders,
        )
