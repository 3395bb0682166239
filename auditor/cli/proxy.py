"""The proxy, from the flag or from the environment."""

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment

from auditor.errors import SettingsError
from auditor.settings import Proxy, ProxySettings


def proxy_settings(flag: str | None, environment: Mapping[str, str], origin: str = "--proxy") -> ProxySettings:
    """Choose the proxy for http and for https links. Raises `SettingsError` for one that makes no sense.

    `origin` says where `flag` was set. An empty one means no proxy at all. Without it, `HTTP_PROXY`, `HTTPS_PROXY`,
    `ALL_PROXY` say, lower case first, as for Python's own library. `NO_PROXY` holds for both ways: curl does so too.
    """
    if flag is not None and not flag.strip():
        return ProxySettings()
    found = getproxies_environment()
    exempt = found.get("no", "")
    if flag:
        proxy = read_proxy(flag, origin)
        return ProxySettings(proxy, proxy, exempt)
    if exempt.strip() == "*":
        return ProxySettings()
    http, https = (_from_environment(scheme, found, environment) for scheme in ("http", "https"))
    return ProxySettings(http, https, exempt, from_environment=True) if http or https else ProxySettings()


def read_proxy(text: str, source: str) -> Proxy:
    """Read a proxy's URL; its user and password never stand in a message. Raises `SettingsError`."""
    url = text.strip()
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if host and parts.scheme in ("https", "socks", "socks4", "socks4a", "socks5", "socks5h"):
        raise SettingsError(
            "{source} names a proxy that is spoken to over {scheme}://; only http:// proxies can be used (https links "
            "go through them all the same). Name such a one with --proxy, or none with NO_PROXY='*'.",
            source=source,
            scheme=parts.scheme,
        )
    clean = host and host.isascii() and host.isprintable() and not set(host) & set(" \"'<>\\^`{|}%")
    if not clean or parts.scheme != "http" or parts.path not in ("", "/") or parts.query or parts.fragment or port == 0:
        raise SettingsError(
            "{source} names no proxy: write it as http://host:port or http://user:password@host:port.", source=source
        )
    name = f"[{host}]" if ":" in str(host) else host
    return Proxy(f"http://{name}:{port or 80}", source, _basic(parts.username, parts.password))


def _basic(user: str | None, password: str | None) -> str:
    """User and password as Proxy-Authorization has them (RFC 7617); empty without."""
    if user is None and password is None:
        return ""
    return "Basic " + b64encode(f"{unquote(user or '')}:{unquote(password or '')}".encode()).decode("ascii")


def _from_environment(scheme: str, found: Mapping[str, str], environment: Mapping[str, str]) -> Proxy | None:
    for kind in (scheme, "all"):
        if found.get(kind):
            lower = f"{kind}_proxy"
            return read_proxy(found[kind], lower if environment.get(lower) else lower.upper())
    return None
