"""Which addresses a feed may not reach: those of this machine, its networks and its cloud's metadata."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from unicodedata import normalize

# The IANA special-purpose registry, written out because `ipaddress.is_private` differs between Python's patch releases.
_REFUSED = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a carrier's customers (RFC 6598); Alibaba's metadata too
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's platform, public by its number only
        "169.254.0.0/16",  # link-local; the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, withdrawn
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, among them Teredo, which tunnels to any IPv4 address
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+", re.ASCII)


def is_private(address: str) -> bool:
    """Whether a feed may not reach this address, given as a resolver returns it, zone or not.

    An IPv4 address wrapped in IPv6 (mapped, 6to4, NAT64) counts as itself. What can't be read counts as private.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(ip, IPv6Address):
        inner = _wrapped(ip)
        if inner is None:
            refused = ip not in _GLOBAL_UNICAST or any(ip in network for network in _REFUSED_6)
            return refused or not ip.is_global
        ip = inner
    return any(ip in network for network in _REFUSED) or not ip.is_global


def _wrapped(ip: IPv6Address) -> IPv4Address | None:
    """Unwrap the IPv4 address that an IPv6 address leads to, if it does."""
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour


def literal_address(host: str) -> str | None:
    """Read the host of a URL as an IP address in any notation; None for a name.

    IPv4 as `inet_aton` takes it: decimal, octal and hexadecimal numbers, one to four of them (`127.1`, `0x7f000001`,
    `0177.0.0.1`). IPv6 with or without brackets; a mapped IPv4 address is returned as such.
    """
    if not host[:1].isdigit() and ":" not in host and host.isascii():
        return None  # a name, as nearly always
    if not host.isascii():
        # Resolvers fold full-width digits and ideographic full stops into ASCII before they look a name up.
        host = normalize("NFKC", host).replace("。", ".")
    if ":" in host:
        try:
            ip = IPv6Address(host.strip("[]"))
        except AddressValueError:
            return None
        return str(ip.ipv4_mapped or ip)
    return _dotted(host) if host[:1].isdigit() else None


def _dotted(host: str) -> str | None:
    """Read an IPv4 address as `inet_aton` does; the last number fills all the bytes that are left."""
    parts = host.removesuffix(".").split(".")
    if len(parts) > 4 or any(len(part) > 64 or not _NUMBER.fullmatch(part) for part in parts):
        return None
    try:
        *leading, last = (_number(part) for part in parts)
    except ValueError:
        return None
    room = 4 - len(leading)
    if any(byte > 255 for byte in leading) or last >= 256**room:
        return None
    packed = bytes(leading) + last.to_bytes(room, "big")
    return str(IPv4Address(packed))


def _number(digits: str) -> int:
    """Read one number: `0x` is hexadecimal, a leading zero octal. Raises ValueError for an octal with an 8 or 9."""
    if digits[:2] in ("0x", "0X"):
        return int(digits[2:] or "0", 16)
    return int(digits, 8 if digits.startswith("0") else 10)
