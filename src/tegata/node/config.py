"""A node's folder: its settings, keys and state, and how they are made.

DIR/node.yaml        settings, for people to edit
DIR/node.key         Ed25519 key of messages, passports and log checkpoints (mode 0600)
DIR/node.rolls       by which the name of the node was handed on to that key; absent while it is the first one
DIR/pseudonym.key    secret from which each agreement's pseudonym key is derived (mode 0600)
DIR/admin.token      bearer token of the management interface (mode 0600)
DIR/state/           the database, unless `database` in the settings names one
DIR/log/             the log as everybody may read it, and its second copy, unless `log` names another folder
DIR/releases/        protected copies that may leave, one folder per transfer process
DIR/received/        what was received, one folder per transfer process
DIR/vaults/          which token stands for which value, one vault with its key per agreement that asks for tokens
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tegata import durable
from tegata.admission import PackTrust
from tegata.apart import LEAST
from tegata.model.base import Noun, t
from tegata.model.errors import InputError, UsageError
from tegata.trust import SigningKey
from tegata.trust.keyfile import write_secret

if TYPE_CHECKING:
    from tegata.outbound import OutboundPolicy

DEFAULT_PACKS = (
    "us.28cfr202",
    "jp.appi",
    "eu.gdpr-v",
    "house.minimise",
    "cn.pipl-cac",
    "eu.data-act",
    "eu.dga",
    "in.dpdp",
    "jp.economic-security",
    "kr.pipa",
    "sg.pdpa",
    "uk.gdpr",
    "vn.pdpl",
    "eu.gdpr-breach",
    "uk.gdpr-breach",
    "eu.nis2",
    "uk.nis",
    "au.soci",
    "kr.network",
    "us.icts",
)
SETTINGS = "node.yaml"


class OutboundSettings(Noun, frozen=True, kw_only=True):
    """What the node may connect to beyond public HTTPS: networks in CIDR form, and whether over plain HTTP.
    `compressed`: data is asked for in zstd or gzip, which is worth it where the line is slower than a processor."""

    allow_http: bool = False
    compressed: bool = False
    networks: tuple[str, ...] = ()

    def policy(self) -> OutboundPolicy:
        """What the gate is to allow."""
        from tegata.outbound import OutboundPolicy  # here: most commands read settings and open no gate

        return OutboundPolicy(allow_http=self.allow_http, networks=self.networks, compressed=self.compressed)


class Limits(Noun, frozen=True, kw_only=True):
    """What others may ask of the node. Behind a proxy all connections have its address."""

    connections: int = 1000  # at a time
    connections_per_address: int = 500
    requests_per_participant: float = 2000  # a second, for each of those in the register
    requests_of_strangers: float = 50  # a second, for all others together
    received_bytes: int = 1 << 40  # of one data set that the node gets


class AuthoritySettings(Noun, frozen=True, kw_only=True):
    """A time-stamping authority (RFC 3161). `certificates`: a PEM file with its own certificate or one above it; a
    path that is not absolute starts at the node's folder."""

    name: str  # what the log calls it: no white space, no plus
    url: str
    certificates: str


class TimeStampSettings(Noun, frozen=True, kw_only=True):
    """Who stamps the checkpoints of the log; two that do not depend on each other are better than one."""

    authorities: tuple[AuthoritySettings, ...] = ()
    every_seconds: float = 60  # while the log grows
    proofs: str = "validation"  # folder of revocation lists and OCSP answers about those who stamp, which packages take
    late_minutes: float = 60  # an entry that waits longer, for publication and witnesses too, is told as late


class FlightSettings(Noun, frozen=True, kw_only=True):
    """The Flight SQL door; none where `listen` is empty. `certificate` and `key` are PEM files, relative to the node's
    folder; without them something before the node has to speak TLS. `url` is what others are told."""

    listen: str = ""  # host:port
    url: str = ""  # grpc+tls://host:port, at the host of the node's own address
    certificate: str = ""
    key: str = ""

    @property
    def told(self) -> str:
        """Where others find the door."""
        scheme = "grpc+tls" if self.certificate else "grpc"
        return self.url or (f"{scheme}://{self.listen}" if self.listen else "")


class WitnessSettings(Noun, frozen=True, kw_only=True):
    """A witness that is no participant (C2SP tlog-witness): its key as a vkey, and its submission prefix."""

    vkey: str
    url: str


class NodeConfig(Noun, frozen=True, kw_only=True):
    """The settings of one node. `facts` say what is true of its operator, by fact name without a party's prefix."""

    name: str
    dsp: str  # host:port on which other participants reach it
    url: str  # the DSP base URL that it tells them
    management: str  # host:port of the management interface; keep it on loopback
    packs: tuple[str, ...] = DEFAULT_PACKS
    pack_folders: tuple[str, ...] = ()  # packs of one's own; a path that is not absolute starts at the node's folder
    pack_trust: PackTrust = PackTrust()
    facts: dict[str, Any] = {}
    outbound: OutboundSettings = OutboundSettings()
    limits: Limits = Limits()
    witnesses: tuple[WitnessSettings, ...] = ()
    time_stamps: TimeStampSettings = TimeStampSettings()
    flight: FlightSettings = FlightSettings()
    max_message_bytes: int = 1 << 20
    apart_from_bytes: int = LEAST  # sources of so many are scanned and protected by processes of their own
    log: str = "log"  # where it is published, best apart from the state: a folder or s3://bucket/prefix
    database: str = ""  # postgresql://... that replicas of this node share; by default the state lies in the folder
    certificate: str = ""  # PEM file: for its key data is encrypted that this node asks for, where terms ask for that
    vaults: str = ""  # folder of the vaults; replicas have to name one that all of them see, on one machine

    def vaults_in(self, folder: Path) -> Path | None:
        """None: there may be replicas, each with a folder of its own, and a value must not get two tokens."""
        return None if self.database and not self.vaults else folder / (self.vaults or "vaults")


def host_port(address: str) -> tuple[str, int]:
    """Split `host:port`; UsageError when it is not one."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise UsageError(
            t(f"`{address}` is not an address", f"`{address}` はアドレスではありません"),
            hint=t("write host:port, for example 127.0.0.1:8282", "host:port の形で書きます。例: 127.0.0.1:8282"),
        )
    return host.strip("[]"), int(port)


def init_folder(folder: Path, config: NodeConfig) -> None:
    """Make the folder of a new node: settings, keys and token. Refuses a folder that already holds a node."""
    if (folder / SETTINGS).exists():
        raise UsageError(
            t(f"`{folder}` already holds a node", f"`{folder}` には既にノードがあります"),
            hint=t(
                "choose another folder, or start it with `tegata node start`",
                "別のフォルダを選ぶか `tegata node start` で起動します",
            ),
        )
    host_port(config.dsp), host_port(config.management)
    for name in ("", "state", "releases", "received"):
        durable.make_folder(folder / name)
    SigningKey.generate(secrets.token_bytes(32)).save(folder / "node.key")
    write_secret(folder / "pseudonym.key", secrets.token_bytes(32))
    write_secret(folder / "admin.token", secrets.token_urlsafe(32).encode())
    durable.replace(
        folder / SETTINGS, msgspec.yaml.encode(config)
    )  # last: its presence says that the folder is complete


def read_config(folder: Path) -> NodeConfig:
    """The settings of an existing node; InputError when there is none or it does not read."""
    path = folder / SETTINGS
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=NodeConfig)
    except FileNotFoundError:
        raise InputError(
            t(f"`{folder}` holds no node", f"`{folder}` にノードがありません"),
            hint=t("make one with `tegata node init DIR`", "`tegata node init DIR` で作成します"),
        ) from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise InputError(t(f"`{path}` cannot be read", f"`{path}` を読めません"), why=str(error)) from None
