"""Services whose share links open a page around the picture: the commonest fault of all."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from auditor.urls import Link

_FILE = "share_hosts.toml"


class Service(NamedTuple):
    """A service for sharing files. `slug` is what the texts' advice for it stands under."""

    slug: str
    name: str


def service_of(link: Link) -> Service | None:
    """Name the service whose share link this is, if it is one. Hosts that hand out the picture itself are none."""
    known = services()
    host = link.host.removesuffix(".")
    while host:
        if host in known:
            return known[host]
        host = host.partition(".")[2]
    return None


@cache
def services() -> Mapping[str, Service | None]:
    """List the services by host name; hosts of theirs that are no share links have None."""
    found: dict[str, Service | None] = {}
    for slug, entry in tomllib.loads(files(__package__).joinpath(_FILE).read_text(encoding="utf-8")).items():
        found |= dict.fromkeys(entry["hosts"], Service(slug, entry["name"]))
        found |= dict.fromkeys(entry.get("direct", ()))
    return found
