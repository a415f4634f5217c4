"""What this node may connect to. What is not named here is refused."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Self

from tegata.model.base import Noun, Text, t
from tegata.model.errors import InputError, OutboundError
from tegata.outbound.addresses import Address, Network, closed, parse, unwrapped
from tegata.outbound.target import PLAIN, Origin


class AllowedNetwork:
    """A network that may be reached although it is not public, on one port or on any."""

    def __init__(self, network: Network, port: int | None) -> None:
        self._network = network
        self._port = port

    @classmethod
    def read(cls, text: str) -> Self:
        """From `10.1.0.0/16` (any port), `10.1.0.0/16:8443`, `fd12::/48` or `[fd12::/48]:8443`.

        Raises:
            InputError: it has none of these forms.
        """
        network, slash, length = text.rpartition("/")
        length, colon, port = length.partition(":")
        try:
            address = network.removeprefix("[") + slash + length.removesuffix("]")
            return cls(ip_network(address), int(port) if colon else None)
        except ValueError as error:
            raise InputError(
                t(f"`{text}` is not a network", f"`{text}` はネットワークではありません"),
                why=str(error),
                hint=t("write `10.1.0.0/16` or `10.1.0.0/16:8443`", "`10.1.0.0/16` や `10.1.0.0/16:8443` と書きます"),
            ) from error

    def covers(self, address: Address, port: int) -> bool:
        return address in self._network and self._port in (None, port)


class OutboundPolicy(Noun, frozen=True, kw_only=True):
    """HTTPS to public addresses on `ports`, and to `networks` (forms: `AllowedNetwork.read`) on the ports named there.

    `allow_http` opens what is not encrypted, to `networks` only. Streams are asked for in zstd or gzip where
    `compressed`. The other fields are the patience with a peer, in seconds.
    """

    allow_http: bool = False
    networks: tuple[str, ...] = ()
    ports: tuple[int, ...] = (443,)
    compressed: bool = False
    connect_seconds: float = 10.0  # to resolve its name, connect and agree on TLS
    answer_seconds: float = 30.0  # to give the whole answer, or the head of a stream
    block_seconds: float = 60.0  # to give each 64 KiB of a stream

    def __post_init__(self) -> None:
        for network in self.networks:
            AllowedNetwork.read(network)

    def check(self, origin: Origin, resolved: str) -> None:
        """Whether `origin` may be reached at one of the addresses that its name was resolved to.

        Raises:
            OutboundError: no. It says the address, the rule, and the setting that would allow it.
        """
        address = unwrapped(parse(resolved))
        listed = any(AllowedNetwork.read(network).covers(address, origin.port) for network in self.networks)
        setting = f"outbound.networks: [{_network(address, origin.port)}]"
        if (why := closed(address)) and not listed:
            raise _refused(
                origin,
                t(
                    f"it leads to `{resolved}`, which is not public ({why})",
                    f"公開でないアドレス `{resolved}` ({why}) を指しています",
                ),
                setting,
            )
        if origin.scheme in PLAIN and not (listed and self.allow_http):
            raise _refused(
                origin,
                t(
                    f"plain {origin.scheme} is not allowed to `{resolved}`",
                    f"`{resolved}` へは暗号化されない {origin.scheme} を使えません",
                ),
                f"outbound.allow_http: true, {setting}",
            )
        if not listed and origin.port not in self.ports:
            raise _refused(
                origin,
                t(
                    f"port {origin.port} is not open to `{resolved}`",
                    f"`{resolved}` のポート {origin.port} は使えません",
                ),
                setting,
            )


def _network(address: Address, port: int) -> str:
    """The narrowest network that would cover it, as the setting is written."""
    text = f"{address}/{address.max_prefixlen}"
    return f'"{text}:{port}"' if address.version == 4 else f'"[{text}]:{port}"'


def _refused(origin: Origin, why: Text, setting: str) -> OutboundError:
    return OutboundError(
        t(f"`{origin}` was refused", f"`{origin}` への接続を拒否しました"),
        why=why,
        hint=t(f"if it may be reached, set {setting}", f"接続してよい場合は {setting} と設定してください"),
    )
