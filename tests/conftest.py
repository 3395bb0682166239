"""What tests of several folders share."""

from functools import partial

import pytest

from auditor.settings import CLIENTS, ProbeSettings


@pytest.fixture(params=CLIENTS)
def either_client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test over each client: the settings that its module makes are for one, then for the other."""
    monkeypatch.setattr(request.module, "ProbeSettings", partial(ProbeSettings, client=request.param))
