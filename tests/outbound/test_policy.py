"""The settings open exactly what they name."""

from __future__ import annotations

import pytest

from tegata.model.errors import InputError, OutboundError
from tegata.outbound import OutboundPolicy
from tegata.outbound.policy import AllowedNetwork
from tegata.outbound.target import Origin, Target, read_url


def allowed(policy: OutboundPolicy, scheme: str, address: str, port: int) -> bool:
    try:
        policy.check(Origin(scheme=scheme, host="peer.example", port=port), address)
    except OutboundError:
        return False
    return True


def test_by_default_only_https_on_443_to_public_addresses() -> None:
    policy = OutboundPolicy()
    assert allowed(policy, "https", "8.8.8.8", 443)
    assert not allowed(policy, "http", "8.8.8.8", 443)
    assert not allowed(policy, "https", "8.8.8.8", 22)
    assert not allowed(policy, "https", "10.0.0.1", 443)


def test_a_network_is_opened_on_its_port_only() -> None:
    policy = OutboundPolicy(networks=("10.1.0.0/16:8443", "[fd12::/48]:8443", "10.2.0.0/16"))
    assert allowed(policy, "https", "10.1.2.3", 8443)
    assert allowed(policy, "https", "::ffff:10.1.2.3", 8443)
    assert allowed(policy, "https", "fd12::9", 8443)
    assert allowed(policy, "https", "10.2.0.1", 1)
    assert not allowed(policy, "https", "10.1.2.3", 443)
    assert not allowed(policy, "https", "fd12::9", 443)
    assert not allowed(policy, "https", "fd13::9", 8443)
    assert not allowed(policy, "http", "10.1.2.3", 8443)


def test_plain_http_is_never_opened_to_public_addresses() -> None:
    policy = OutboundPolicy(allow_http=True, networks=("10.0.0.0/8",), ports=(80, 443))
    assert allowed(policy, "http", "10.0.0.1", 80)
    assert not allowed(policy, "http", "8.8.8.8", 80)


@pytest.mark.parametrize("text", ["", "10.0.0.1/33", "10.0.0.1/8", "example.com/8", "10.0.0.0/8:x", "fd12::/48:80:1"])
def test_a_slip_in_the_settings_is_told_when_they_are_read(text: str) -> None:
    with pytest.raises(InputError, match="is not a network"):
        OutboundPolicy(networks=(text,))


@pytest.mark.parametrize(
    "text", ["10.0.0.7", "10.0.0.0/8", "10.0.0.0/8:80", "fd12::/48", "fd12::/48:80", "[fd12::/48]:80"]
)
def test_forms_of_a_network(text: str) -> None:
    AllowedNetwork.read(text)


def test_the_setting_in_the_refusal_lifts_it() -> None:
    origin = Origin(scheme="https", host="peer.example", port=8443)
    for address in ("10.0.0.7", "fd12::7"):
        with pytest.raises(OutboundError) as refused:
            OutboundPolicy().check(origin, address)
        setting = str(refused.value).partition('["')[2].partition('"]')[0]
        OutboundPolicy(networks=(setting,)).check(origin, address)


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "path"),
    [
        ("https://peer.example", "https", "peer.example", 443, "/"),
        ("HTTP://Peer.Example/a?b=c#d", "http", "peer.example", 80, "/a?b=c"),
        ("https://peer.example:8443?b", "https", "peer.example", 8443, "/?b"),
        ("https://[fd12::9]:8443/a", "https", "fd12::9", 8443, "/a"),
        ("http://127.0.0.1:0080/", "http", "127.0.0.1", 80, "/"),
    ],
)
def test_parts_of_a_url(url: str, scheme: str, host: str, port: int, path: str) -> None:
    assert read_url(url) == Target(origin=Origin(scheme=scheme, host=host, port=port), path=path)
