"""Everything that is planted. Adding a fault is one entry in one of these tables."""

from auditor.demo.plant import Plant
from auditor.demo.scenes import cells, closer, faulty, good, network, others, statuses

PLANTS: tuple[Plant, ...] = (
    *network.PLANTS,  # first, because some of them take seconds
    *statuses.PLANTS,
    *others.PLANTS,
    *faulty.PLANTS,
    *cells.PLANTS,
    *good.PLANTS,
)

# What is found only when one looks closer than at the first bytes.
CLOSER: tuple[Plant, ...] = closer.PLANTS

_NOT_IN_THE_SAMPLE = ("timeout", "dns-failure")  # they take long under ordinary limits, or ask a name server


def _first_of_each_code() -> tuple[Plant, ...]:
    firsts: dict[str | None, Plant] = {}
    for plant in PLANTS:
        if plant.code not in _NOT_IN_THE_SAMPLE:
            firsts.setdefault(plant.code, plant._replace(copies=1))
    return tuple(firsts.values())


# One plant of each code: what fits into a small feed.
SAMPLE: tuple[Plant, ...] = _first_of_each_code()
