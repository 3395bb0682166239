"""The figures of a run as Prometheus reads them from a file, such as through its node exporter's textfile collector.

The format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
Labels: TypeAlias = tuple[tuple[str, str], ...]


class Metric(NamedTuple):
    """One figure under several labels. All are gauges: each run starts at nothing."""

    name: str
    meaning: str
    values: Sequence[tuple[Labels, float]]


class Run(NamedTuple):
    """How a run ended: what it was of, when (seconds since the epoch), how long it took, with which exit code."""

    feed: str
    ended: float
    seconds: float
    exit_code: int


def metrics(run: Run, facts: Mapping[str, Any]) -> str:
    """Give the whole file. `facts` are those of summary.json; of a run that couldn't begin there are none."""
    return "".join(_written(metric, (("feed", run.feed),)) for metric in (*_of_run(run), *_of_facts(facts)))


def _of_run(run: Run) -> Iterator[Metric]:
    yield Metric("auditor_exit_code", "How the last run ended; 0 and 1 are complete ones.", [((), run.exit_code)])
    yield Metric("auditor_ended_timestamp_seconds", "When the last run ended.", [((), run.ended)])
    yield Metric("auditor_duration_seconds", "How long the last run took.", [((), run.seconds)])


def _of_facts(facts: Mapping[str, Any]) -> Iterator[Metric]:
    if "rows" in facts:
        rows = {name: count for name, count in facts["rows"].items() if name != "read"}
        yield Metric("auditor_product_rows", "Product rows by how they ended.", _by("outcome", rows))
        yield Metric("auditor_images", "Images in these rows.", [((), facts["images"])])
        yield Metric("auditor_findings", "Findings by code.", _by("code", facts["findings"]["by_code"]))
        severities = facts["findings"]["by_severity"]
        yield Metric("auditor_findings_by_severity", "Findings by severity.", _by("severity", severities))
    if "requests" in facts:
        yield Metric("auditor_requests", "Requests made for images.", [((), facts["requests"])])
        yield Metric("auditor_body_bytes", "Bytes of images read.", [((), facts["bytes"])])
    if "changes" in facts:
        changes = facts["changes"]
        counts = {name: changes[name] for name in ("new", "still", "fixed", "gone") if name in changes}
        yield Metric("auditor_changes", "Findings against the last completed run.", _by("change", counts))


def _by(label: str, counts: Mapping[str, float]) -> list[tuple[Labels, float]]:
    return [(((label, name),), count) for name, count in counts.items()]


def _written(metric: Metric, common: Labels) -> str:
    samples = (f"{metric.name}{_labels((*common, *labels))} {_number(value)}\n" for labels, value in metric.values)
    return f"# HELP {metric.name} {metric.meaning}\n# TYPE {metric.name} gauge\n{''.join(samples)}"


def _labels(labels: Iterable[tuple[str, str]]) -> str:
    return "{" + ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels) + "}"


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else format(value, ".3f")
