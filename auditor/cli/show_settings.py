"""`auditor check --show-settings`: what holds and where it comes from, as a configuration file would have it."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from auditor import texts
from auditor.cli.option import Option, options_of
from auditor.cli.settings import settings_from
from auditor.cli.streams import answer
from auditor.errors import Sentence
from auditor.notice import ENVIRONMENT, FILE
from auditor.settings import Header, HostSettings, Proxy, Sample, Settings
from auditor.texts import Texts
from auditor.urls import HIDDEN

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDE = 40  # characters of a setting, as far as what follows them is aligned


class _Line(NamedTuple):
    """One setting: as the file has it, and where it comes from. One that isn't `live` is a comment."""

    text: str
    origin: str
    live: bool = True


def show_settings(ctx: click.Context) -> int:
    """Print all settings, or what is wrong with them. Gives the exit code."""
    words = texts.load(ctx.params["language"])
    return answer(lambda: "\n".join(_lines(ctx, settings_from(ctx), words)), ctx.params["language"])


def _lines(ctx: click.Context, settings: Settings, words: Texts) -> Iterator[str]:
    """Give all lines: the options by their sections, then the hosts. Defaults and secrets are comments."""
    yield f"# {words.phrase('settings-begin')}"
    group = ""
    for option in options_of(ctx.command):
        if not option.storable:
            continue
        if option.group != group:
            group = option.group
            yield from ("", f"# {words.said(Sentence(group))}")
        yield from map(_written, _option(ctx, option, settings, words))
    for host in settings.probe.hosts:
        yield from ("", *map(_written, _host(host, str(ctx.params["config"].path), words)))


def _written(line: _Line) -> str:
    text = line.text if line.live else f"# {line.text}"
    return f"{text:<{_WIDE}}  # {_one_line(line.origin)}"


def _option(ctx: click.Context, option: Option, settings: Settings, words: Texts) -> Iterator[_Line]:
    origin, default = _origin(ctx, option, words)
    if option.key == "proxy":
        yield from _proxies(settings, origin, words)
        return
    value = _held(ctx.params[option.name or ""], option.key, settings)
    if option.key == "per-host" and value != ctx.params["per_host"]:
        origin = words.phrase("settings-at-most", origin=origin)
    if value in (None, (), ""):
        yield _Line(option.key, words.phrase("settings-unset"), live=False)
    elif option.key == "notify" and not value.startswith((ENVIRONMENT, FILE)):
        yield _Line(f"notify = {_toml(HIDDEN)}", words.phrase("settings-hidden", origin=origin), live=False)
    elif option.key == "header":
        yield _Line(f"header = {_toml(value)}", words.phrase("settings-hidden", origin=origin), live=False)
    else:
        yield _Line(f"{option.key} = {_toml(value)}", origin, live=not default)


def _held(value: Any, key: str, settings: Settings) -> Any:
    """The value that holds, where another setting has a say in it or nothing stands for a default."""
    if key == "per-host":
        return settings.frontier.per_host
    if key == "user-agent":
        return settings.probe.user_agent
    return ",".join(value) if key in ("slot", "keep") else value


def _origin(ctx: click.Context, option: Option, words: Texts) -> tuple[str, bool]:
    """Where a value comes from, and whether that is the program itself."""
    match ctx.get_parameter_source(option.name or ""):
        case ParameterSource.COMMANDLINE:
            return words.phrase("settings-flag"), False
        case ParameterSource.ENVIRONMENT:
            return str(option.envvar), False
        case ParameterSource.DEFAULT_MAP:
            return f"{ctx.params['config'].path}: {option.key}", False
    return words.phrase("settings-default"), True


def _proxies(settings: Settings, origin: str, words: Texts) -> Iterator[_Line]:
    """The proxy; two, where the environment names one for https and another for http."""
    chosen = settings.probe.proxy
    found = [proxy for proxy in (chosen.http, chosen.https) if proxy is not None]
    if not found:
        yield _Line("proxy", words.phrase("settings-unset"), live=False)
    for proxy in dict.fromkeys(found):
        source = proxy.source if chosen.from_environment else origin
        if proxy.authorization:
            source = words.phrase("settings-hidden", origin=source)
        live = not (chosen.from_environment or proxy.authorization)
        yield _Line(f"proxy = {_toml(_address(proxy))}", source, live)


def _address(proxy: Proxy) -> str:
    return proxy.url.replace("://", f"://{HIDDEN}@", 1) if proxy.authorization else proxy.url


def _host(host: HostSettings, path: str, words: Texts) -> Iterator[_Line]:
    name = f"[{host.host}]" if ":" in host.host else host.host
    yield _Line(f"[hosts.{_toml(name if host.port is None else f'{name}:{host.port}')}]", path)
    if host.headers:
        headers = ", ".join(f"{_key(header.name)} = {_toml(HIDDEN)}" for header in host.headers)
        yield _Line(f"headers = {{ {headers} }}", words.phrase("settings-hidden", origin=path), live=False)
    for key in ("per-host", "rate", "adapt"):
        value = getattr(host, key.replace("-", "_"))
        if value is not None:
            yield _Line(f"{key} = {_toml(value)}", path)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _toml(name)


def _toml(value: Any) -> str:
    """Write a value as TOML does."""
    match value:
        case tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case Sample():
            return repr(value.rows or value.share)
        case Header():
            value = f"{value.name}: {HIDDEN}"
    # JSON's strings are TOML's, but for one character.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
