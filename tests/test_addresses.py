"""Which addresses a feed may not reach."""

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.addresses import is_private, literal_address

REFUSED = [
    "0.0.0.0",  # noqa: S104  # an address to refuse, not one to bind
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "no address",
    "",
]
ALLOWED = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "93.184.216.34",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
]


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_inside_are_refused(address: str) -> None:
    """No feed may make us reach this machine, its networks or its cloud's metadata, in whatever wrapping."""
    assert is_private(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_public_addresses_are_not(address: str) -> None:
    """An ordinary web server can be reached."""
    assert not is_private(address)


@given(st.ip_addresses())
def test_what_python_calls_local_is_always_refused(address: IPv4Address | IPv6Address) -> None:
    """Nothing that Python knows as loopback, link-local, multicast or unspecified gets through."""
    local = address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified
    assert is_private(str(address)) or not local


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F.1", "127.0.0.1"),
        ("0177.0.0.01", "127.0.0.1"),
        ("0x7f.0.0.0x1", "127.0.0.1"),
        ("0", "0.0.0.0"),  # noqa: S104  # an address to recognise, not one to bind
        ("0xa9fea9fe", "169.254.169.254"),
        ("１２７.０.０.１", "127.0.0.1"),  # noqa: RUF001  # the full-width digits are meant
        ("127。0。0。1", "127.0.0.1"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("8.8.8.8", "8.8.8.8"),
        ("", None),
        ("shop.example", None),
        ("1.shop.example", None),
        ("127.0.0.1.example", None),
        ("1.2.3.4.5", None),
        ("256.1.1.1", None),
        ("1.2.3.256", None),
        ("4294967296", None),
        ("08.1.1.1", None),
        ("1..1", None),
        ("0x7g", None),
        ("9" * 5000, None),
        ("a:b", None),
    ],
)
def test_an_address_is_recognised_in_any_notation(host: str, address: str | None) -> None:
    """A host that a resolver takes for an address is recognised as one; a name isn't."""
    assert literal_address(host) == address


NUMBER = st.integers(0, 2**33).flatmap(lambda n: st.sampled_from([str(n), f"0x{n:x}", f"0{n:o}", f"0X{n:X}"]))
SMALL = st.integers(0, 300).flatmap(lambda n: st.sampled_from([str(n), f"0x{n:x}", f"0{n:o}"]))


@given(st.lists(SMALL, max_size=3).flatmap(lambda leading: NUMBER.map(lambda last: ".".join([*leading, last]))))
def test_numbers_are_read_as_the_system_reads_them(host: str) -> None:
    """Decimal, octal, hexadecimal, one to four numbers: we agree with the system's inet_aton."""
    try:
        expected = socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        expected = None
    assert literal_address(host) == expected


@given(st.text(max_size=30))
def test_any_host_is_an_address_or_a_name(host: str) -> None:
    """No text makes the recognition fail, and what it recognises can be judged."""
    address = literal_address(host)
    assert address is None or is_private(address) in (True, False)
