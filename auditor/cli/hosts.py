"""The tables of single hosts in the configuration file: what counts for one host alone.

[hosts."cdn.example.com"]              # or "cdn.example.com:8443"
headers = { Authorization = "Bearer …" }
per-host = 4
rate = 0.5
adapt = false

A key more is a line in `_READERS` and the field of `HostSettings` that has its name.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from auditor import urls
from auditor.cli.headers import HeaderError, read_header
from auditor.cli.keys import check_keys, shown
from auditor.errors import Sentence, SettingsError
from auditor.settings import SLOWEST, Header, HostSettings


class _Place(NamedTuple):
    """Where a value stands: the file, and its key as messages show it."""

    file: Path
    key: str


def read_hosts(path: Path, tables: object) -> tuple[HostSettings, ...]:
    """Read the tables of all hosts. Raises `SettingsError`."""
    read = tuple(_host(path, name, table) for name, table in _table(_Place(path, "hosts"), tables).items())
    seen: set[tuple[str, int | None]] = set()
    for host in read:
        if (host.host, host.port) in seen:
            raise SettingsError(
                "The configuration file {file} names the host {host} twice; put both tables together.",
                file=path,
                host=host.host,
            )
        seen.add((host.host, host.port))
    return read


def _host(path: Path, name: str, value: object) -> HostSettings:
    key = f'hosts."{_clean(name)}"'
    table = _table(_Place(path, key), value)
    check_keys(path, table, tuple(_READERS), key)
    link = urls.parse(f"http://{name}")
    if link is None or link.text != f"http://{name}" or link.path or link.query or link.fragment or link.userinfo:
        raise SettingsError(
            "The configuration file {file} has the key {key}, which is no host: write it as in "
            '[hosts."cdn.example.com"] or [hosts."cdn.example.com:8443"].',
            file=path,
            key=key,
        )
    if not name.isascii():
        raise SettingsError(
            "The configuration file {file} has the key {key}: write the host in its plain form, which begins with "
            "xn--.",
            file=path,
            key=key,
        )
    own = {inner.replace("-", "_"): _READERS[inner](_Place(path, f"{key}.{inner}"), table[inner]) for inner in table}
    return HostSettings(link.host, link.port, **own)


def _headers(place: _Place, value: object) -> tuple[Header, ...]:
    return tuple(_header(place, *header) for header in _table(place, value).items())


def _header(place: _Place, name: str, value: object) -> Header:
    if not isinstance(value, str):
        raise _unfit(_Place(place.file, f"{place.key}.{shown(name)}"), Sentence("a text in quotes"))
    try:
        return read_header(name, value)
    except HeaderError as error:
        raise SettingsError(
            "The configuration file {file} has a header in {key} that can't be sent: {why}.",
            file=place.file,
            key=place.key,
            why=error.sentence,
        ) from None


def _number(place: _Place, value: object) -> int:
    if type(value) is not int:
        raise _unfit(place, Sentence("a whole number, without quotes,"))
    if value < 1:
        raise _unfit(place, Sentence("a whole number from 1 on"))
    return value


def _rate(place: _Place, value: object) -> float:
    if type(value) not in (int, float):
        raise _unfit(place, Sentence("a number, without quotes,"))
    rate = float(str(value))
    if not SLOWEST <= rate < math.inf:
        raise _unfit(place, Sentence("a number of requests a second, such as 0.5,"))
    return rate


def _flag(place: _Place, value: object) -> bool:
    if not isinstance(value, bool):
        raise _unfit(place, Sentence("true or false, without quotes,"))
    return value


def _unfit(place: _Place, what: Sentence) -> SettingsError:
    return SettingsError(
        "The configuration file {file} needs {what} for {key}.", file=place.file, what=what, key=place.key
    )


def headed(hosts: Iterable[HostSettings]) -> tuple[HostSettings, ...]:
    """Give all with their headers alone: their pace is nothing to whoever asks, and may change before a run goes on."""
    return tuple(HostSettings(host.host, host.port, host.headers) for host in hosts)


def paced(hosts: Iterable[HostSettings]) -> tuple[HostSettings, ...]:
    """Give those that have a pace of their own, without the headers, which are nothing to whoever counts requests."""
    return tuple(
        replace(host, headers=()) for host in hosts if (host.per_host, host.rate, host.adapt) != (None, None, None)
    )


_READERS: Mapping[str, Callable[[_Place, object], Any]] = {
    "headers": _headers,
    "per-host": _number,
    "rate": _rate,
    "adapt": _flag,
}


def _table(place: _Place, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise SettingsError(
            "The configuration file {file} has a value for {key} that is no table.", file=place.file, key=place.key
        )
    return value


def _clean(host: str) -> str:
    """Show a host's key without a user and a password that were written there by mistake, and on one line."""
    clean = urls.redact(f"//{host}").removeprefix("//")
    return "".join(character if character.isprintable() else " " for character in clean)
