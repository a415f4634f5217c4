"""Reads a URL once and strictly, so that what is checked is what is connected to."""

from __future__ import annotations

import re

from tegata.model.base import Noun, t
from tegata.model.errors import OutboundError

_PORTS = {"https": 443, "http": 80}
BROKERS = {"mqtts": 8883, "mqtt": 1883, "kafkas": 9093, "kafka": 9092}
"""Schemes of brokers, with TLS and without, and the ports that are theirs."""
PLAIN = frozenset({"http", "mqtt", "kafka"})
"""Schemes of connections that anybody on the way can read."""
_BROKER = re.compile(
    r"(?P<scheme>[a-z]+)://(?P<host>[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
)
_URL = re.compile(
    r"""(?P<scheme>(?i:https?))://
        (?P<host>[A-Za-z0-9_.-]{1,253} | \[[0-9A-Fa-f:.]{2,45}\])   # no user name, zone, escape or folded character
        (?: :(?P<port>[0-9]{1,5}) )?
        (?P<path>[/?][!"$-\[\]-~]*)?                                # visible ASCII without `#` and backslash
        (?: \#[!-~]* )?""",
    re.VERBOSE,
)


class Origin(Noun, frozen=True, kw_only=True):
    """Who is meant (RFC 6454 §4)."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class Target(Noun, frozen=True, kw_only=True):
    """Where a request goes. `path` starts with `/` and holds the query; a fragment stays here (RFC 9110 §7.1)."""

    origin: Origin
    path: str


def read_url(url: str) -> Target:
    """The parts of an http or https URL.

    Raises:
        OutboundError: it is anything else, or could be read in two ways.
    """
    if (match := _URL.fullmatch(url)) and 0 < (port := _port(match)) < 65536:
        origin = Origin(scheme=match["scheme"].lower(), host=match["host"].strip("[]").lower(), port=port)
        path = match["path"] or "/"
        return Target(origin=origin, path=path if path.startswith("/") else f"/{path}")
    raise OutboundError(
        t(f"`{url[:200]}` was refused", f"`{url[:200]}` を拒否しました"),
        why=t("it is not a plain http or https address", "http または https の普通のアドレスではありません"),
        hint=t("write it like `https://peer.example:8443/path`", "`https://peer.example:8443/path` のように書きます"),
    )


def read_broker(address: str) -> Origin:
    """Whom `mqtts://host:port` and its kin mean, without what is wanted there. OutboundError: it means nobody."""
    match = _BROKER.fullmatch(address)
    if match and match["scheme"] in BROKERS and 0 < (port := int(match["port"] or BROKERS[match["scheme"]])) < 65536:
        return Origin(scheme=match["scheme"], host=match["host"].strip("[]").lower(), port=port)
    raise OutboundError(
        t(f"`{address[:200]}` was refused", f"`{address[:200]}` を拒否しました"),
        why=t("it is not the address of a broker", "ブローカーのアドレスではありません"),
        hint=t("write it like `mqtts://broker.example:8883`", "`mqtts://broker.example:8883` のように書きます"),
    )


def _port(match: re.Match[str]) -> int:
    return int(match["port"] or _PORTS[match["scheme"].lower()])
