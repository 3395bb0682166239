"""The configuration file: TOML, read strictly, so that a slip of the pen is found.

[hosts."cdn.example.com"]              # or "cdn.example.com:8443"
headers = { Authorization = "Bearer …" }
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from auditor import urls
from auditor.cli.headers import HeaderError, read_header
from auditor.errors import Sentence, SettingsError, reason
from auditor.settings import Header, HostSettings

VARIABLE = "AUDITOR_CONFIG"
KEYS = ("hosts",)
HOST_KEYS = ("headers",)
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")  # of keys, and shown; in any other a secret may have slipped


class Config(NamedTuple):
    """What a configuration file says."""

    hosts: tuple[HostSettings, ...] = ()


def load(path: Path | None) -> Config:
    """Read a configuration file; without one, there is nothing to say. Raises `SettingsError`."""
    if path is None:
        return Config()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(
            "The configuration file {file} can't be read: {why}.", file=path, why=reason(error)
        ) from None
    except UnicodeDecodeError:
        raise SettingsError("The configuration file {file} is no text in UTF-8.", file=path) from None
    except tomllib.TOMLDecodeError as error:
        # Only the place: the message may quote what stands there.
        raise SettingsError(
            "The configuration file {file} is no TOML{where}.", file=path, where=_place(error)
        ) from None
    return _Reader(path).config(table)


class _Reader:
    """Reads tables of one file, and names the file in what it has to say."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def config(self, table: Mapping[str, Any]) -> Config:
        self._known(table, KEYS, "")
        hosts = self._table(table.get("hosts", {}), "hosts")
        read = tuple(self._host(name, self._table(inner, _key(name))) for name, inner in hosts.items())
        seen: set[tuple[str, int | None]] = set()
        for host in read:
            if (host.host, host.port) in seen:
                raise self._slip(Sentence("names the host {host} twice; put both tables together", host=host.host))
            seen.add((host.host, host.port))
        return Config(read)

    def _host(self, name: str, table: Mapping[str, Any]) -> HostSettings:
        key = _key(name)
        self._known(table, HOST_KEYS, key)
        link = urls.parse(f"http://{name}")
        if link is None or link.text != f"http://{name}" or link.path or link.query or link.fragment or link.userinfo:
            raise self._slip(
                Sentence(
                    'has the key {key}, which is no host: write "cdn.example.com" or "cdn.example.com:8443"', key=key
                )
            )
        if not name.isascii():
            raise self._slip(
                Sentence("has the key {key}: write the host in its plain form, which begins with xn--", key=key)
            )
        headers = self._table(table.get("headers", {}), f"{key}.headers")
        return HostSettings(link.host, link.port, tuple(self._header(key, *header) for header in headers.items()))

    def _header(self, key: str, name: str, value: object) -> Header:
        if not isinstance(value, str):
            where = f"{key}.headers.{name}" if _PLAIN.fullmatch(name) else Sentence("a header of {key}", key=key)
            raise self._slip(Sentence("has a value for {key} that is no text in quotes", key=where))
        try:
            return read_header(name, value)
        except HeaderError as error:
            raise self._slip(
                Sentence("has a header in {key} that can't be sent: {why}", key=key, why=error.sentence)
            ) from None

    def _table(self, value: object, key: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._slip(Sentence("has a value for {key} that is no table", key=key))
        return value

    def _known(self, found: Iterable[str], known: tuple[str, ...], place: str) -> None:
        for key in found:
            if key not in known:
                close = get_close_matches(key, known, 1)
                takes = Sentence("it takes {known}.", known=", ".join(known))
                named = Sentence("the unknown key {key}", key=key)
                raise SettingsError(
                    "The configuration file {file} has {what}{where}: {hint}",
                    file=self._path,
                    what=named if _PLAIN.fullmatch(key) else Sentence("an unknown key"),
                    where=Sentence(" in {key}", key=place) if place else "",
                    hint=Sentence("did you mean {close}?", close=close[0]) if close else takes,
                )

    def _slip(self, what: Sentence) -> SettingsError:
        return SettingsError("The configuration file {file} {what}.", file=self._path, what=what)


def _key(host: str) -> str:
    """Name a host's table, without a user and a password that were written there by mistake, and on one line."""
    shown = urls.redact(f"//{host}").removeprefix("//")
    return 'hosts."' + "".join(character if character.isprintable() else " " for character in shown) + '"'


def _place(error: tomllib.TOMLDecodeError) -> Sentence | str:
    """Where it is wrong, such as ` (at line 3, column 1)`."""
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    return Sentence(" (at line {line}, column {column})", line=place[1], column=place[2]) if place else ""
