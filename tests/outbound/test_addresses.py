"""No spelling of an address that is not public gets a connection."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.errors import OutboundError, PeerError
from tegata.outbound import Outbound, OutboundPolicy
from tegata.outbound.addresses import closed
from tests.outbound.servers import ok, says, serving

LOOPBACK = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.0x0.0x0.0x1",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "0",
    "0.0.0.0",
    "0x0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.0.0.1.",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::0001]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:127.0.0.1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:7f00:0001::1]",
    "[fe80::5efe:127.0.0.1]",
    "[2a00:1450::5efe:7f00:1]",
    "[2001::7f00:1]",
]
INSIDE = [
    "10.0.0.1",
    "167772161",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "0xc0a80001",
    "192.168.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "[::ffff:169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::]",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "192.88.99.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "[fd00:ec2::254]",
    "[fc00::1]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[100::1]",
    "[4000::1]",
]
UNREADABLE = [
    "http://127.0.0.1:80@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1\\@example.com/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://127.0.0.1\t/",
    " http://127.0.0.1/",
    "http://127.0.0.1/\r\nHost: x",
    "http://[fe80::1%25eth0]/",
    "http://[v1.fe80]/",
    "http:///path",
    "http:127.0.0.1",
    "//127.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "unix:/run/x",
    "http+unix://x/",
    "https://127.0.0.1:0/",
    "https://127.0.0.1:99999/",
    "https://127.0.0.1:8a/",
    "https://%31%32%37.0.0.1/",
    "",
]


async def test_loopback_is_never_reached_however_it_is_spelled() -> None:
    policy = OutboundPolicy(allow_http=True, networks=("192.0.2.0/24",), ports=tuple(range(1, 65536)))
    gate = Outbound(policy)
    async with serving(says(ok(b""))) as server, serving(says(ok(b"")), host="::1", port=server.port) as server6:
        for host in LOOPBACK:
            for scheme in ("http", "https"):
                await refused(gate, f"{scheme}://{host}:{server.port}/")
        assert server.connections + server6.connections == 0
    await gate.close()


async def refused(gate: Outbound, url: str) -> str:
    """What the gate says. The only other way to fail is that the resolver does not know the spelling: then ``."""
    with pytest.raises((OutboundError, PeerError)) as error:
        await gate.request("GET", url)
    if isinstance(error.value, PeerError):
        assert "its name was not resolved" in str(error.value)
        return ""
    return str(error.value)


@pytest.mark.parametrize("host", LOOPBACK + INSIDE)
async def test_refusal_names_address_rule_and_setting(host: str) -> None:
    gate = Outbound(OutboundPolicy())
    said = await refused(gate, f"https://{host}/")
    assert not said or ("not public" in said and 'outbound.networks: ["' in said)
    assert said or host in ("localhost.", "127.0.0.1.")  # whether a final stop is a name is the resolver's to say
    await gate.close()


@pytest.mark.parametrize("url", UNREADABLE)
async def test_urls_that_can_be_read_in_two_ways_are_refused(url: str) -> None:
    gate = Outbound(OutboundPolicy(allow_http=True, networks=("127.0.0.0/8",)))
    with pytest.raises(OutboundError):
        await gate.request("GET", url)
    await gate.close()


@pytest.mark.parametrize("text", ["8.8.8.8", "2606:4700::1", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"])
def test_public_addresses_are_open_in_every_form(text: str) -> None:
    assert closed(ipaddress.ip_address(text)) == ""


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address))
def test_what_python_calls_not_global_is_closed(address: ipaddress.IPv4Address) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert closed(address)


@settings(deadline=None)
@given(st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address))
def test_what_python_calls_not_global_is_closed_in_ipv6(address: ipaddress.IPv6Address) -> None:
    if not address.is_global or address.is_multicast:
        assert closed(address) or address.ipv4_mapped


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_an_ipv6_form_is_judged_as_the_address_it_carries(value: int) -> None:
    inner = closed(ipaddress.IPv4Address(value))
    forms = (0xFFFF << 32 | value, 0xFFFF << 48 | value, 0x64FF9B << 96 | value, 0x2002 << 112 | value << 80)
    assert {closed(ipaddress.IPv6Address(form)) for form in forms} == {inner}
