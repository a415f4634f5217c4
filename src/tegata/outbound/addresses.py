"""Which IP addresses are nobody's public service. Decided on the packed address, never on its spelling.

The tables follow the IANA special-purpose address registries (IPv4 and IPv6), not `ipaddress.is_global`, whose
answers differ between Python releases and call NAT64 and 6to4 forms of private addresses global.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_CLOSED_4 = {
    IPv4Network(network): why
    for network, why in (
        ("0.0.0.0/8", "this network"),  # RFC 791; Linux connects 0.0.0.0 to itself
        ("10.0.0.0/8", "private"),  # RFC 1918
        ("100.64.0.0/10", "shared by a carrier"),  # RFC 6598
        ("127.0.0.0/8", "loopback"),  # RFC 1122
        ("168.63.129.16/32", "cloud metadata"),  # the one metadata service on a public address (Azure)
        ("169.254.0.0/16", "link-local"),  # RFC 3927; cloud metadata
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),  # RFC 6890
        ("192.0.2.0/24", "documentation"),  # RFC 5737
        ("192.88.99.0/24", "6to4 relay"),  # RFC 7526
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),  # RFC 2544
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),  # RFC 5771
        ("240.0.0.0/4", "reserved"),  # RFC 1112; with the broadcast address
    )
}
_GLOBAL_6 = IPv6Network("2000::/3")  # RFC 4291 §2.4: what else there is of IPv6 is not global unicast
_CLOSED_6 = {
    IPv6Network(network): why
    for network, why in (
        ("2001::/23", "protocol assignments"),  # RFC 2928; with Teredo, RFC 4380
        ("2001:db8::/32", "documentation"),  # RFC 3849
        ("3fff::/20", "documentation"),  # RFC 9637
        ("::1/128", "loopback"),  # those below only name what is outside 2000::/3
        ("::/128", "unspecified"),
        ("64:ff9b:1::/48", "local NAT64"),  # RFC 8215
        ("fc00::/7", "private"),  # RFC 4193; with fd00:ec2::254, cloud metadata
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),  # RFC 3879
        ("ff00::/8", "multicast"),
    )
}
_EMBEDDED = (  # network, how far the IPv4 address is shifted to the left
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped, RFC 4291 §2.5.5.2
    (IPv6Network("::ffff:0:0:0/96"), 0),  # translated, RFC 2765 §2.1
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64, RFC 6052 §2.1
    (IPv6Network("2002::/16"), 80),  # 6to4, RFC 3056 §2
)
_ISATAP = (0x00005EFE, 0x02005EFE)  # upper half of the interface identifier: IPv4 inside, RFC 5214 §6.1


def unwrapped(address: Address) -> Address:
    """Where packets to `address` really go: the IPv4 address that an IPv6 form carries."""
    if isinstance(address, IPv6Address):
        for network, shift in _EMBEDDED:
            if address in network:
                return IPv4Address(int(address) >> shift & 0xFFFFFFFF)
    return address


def closed(address: Address) -> str:
    """Why `address` is not a public unicast address (``: it is one)."""
    address = unwrapped(address)
    if isinstance(address, IPv4Address):
        return next((why for network, why in _CLOSED_4.items() if address in network), "")
    if int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        return "tunnel"
    named = next((why for network, why in _CLOSED_6.items() if address in network), "")
    return named or ("" if address in _GLOBAL_6 else "not global unicast")


def parse(text: str) -> Address:
    """An address as a resolver gives it; a zone (`fe80::1%eth0`) is dropped, its address is closed anyway."""
    return ip_address(text.partition("%")[0])
