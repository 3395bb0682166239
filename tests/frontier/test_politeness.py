"""What politeness costs, in the simulation of `benchmarks/politeness.py`, in short."""

import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def politeness(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The benchmark; scripts are no package."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    sys.modules.pop("politeness", None)
    import politeness as script

    return script


def test_it_finds_what_each_host_bears(politeness: ModuleType) -> None:
    """Nearly as fast as who knows each host's limit, with hardly a request refused, the limit found in a minute."""
    hosts = [host for host in politeness.HOSTS if host.name != "healthy and far"]
    courses = politeness.compare(hosts, 2000)
    assert politeness.broken_bars(courses) == []
    assert courses["fixed"].answered("429") > 0.1


def test_simulation_finds_fault_with_who_is_not_polite(politeness: ModuleType) -> None:
    """The bars can be missed: always 32 at once to a small bucket does."""
    hosts = [host for host in politeness.HOSTS if host.name == "bucket of 20/s"]
    courses = politeness.compare(hosts, 500)
    assert politeness.broken_bars({**courses, "adaptive": courses["fixed"]})
