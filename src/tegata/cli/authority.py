"""Asking a time-stamping authority from the command line: where it is, and by what certificate it is known."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from tegata.cli.command import option
from tegata.model.base import t

if TYPE_CHECKING:
    from tegata.trust.content import DigestOf
    from tegata.trust.timestamp import TimeStamp, Trust

F = TypeVar("F", bound=Callable[..., Any])


class Asked(NamedTuple):
    """The authority that is named on the command line."""

    url: str
    certificates: Sequence[Path]
    networks: Sequence[str]

    def token(self, digest: DigestOf, name: str = "sha256") -> tuple[bytes, TimeStamp]:
        """A verified token over the content with these digests, by the digest of this name.

        Raises OutboundError, PeerError or VerificationError when it cannot be had or does not hold.
        """
        return asyncio.run(self._ask(digest, name))

    async def _ask(self, digest: DigestOf, name: str) -> tuple[bytes, TimeStamp]:
        from tegata.evidence.stamping import NONCE_BYTES, Authority, ask
        from tegata.outbound import Outbound, OutboundPolicy

        authority = Authority("", self.url, clocks(self.certificates))
        outbound = Outbound(OutboundPolicy(allow_http=bool(self.networks), networks=tuple(self.networks)))
        try:
            return await ask(outbound, authority, digest, int.from_bytes(secrets.token_bytes(NONCE_BYTES), "big"), name)
        finally:
            await outbound.close()


def clocks(certificates: Sequence[Path]) -> Trust:
    """Trust in the authorities of these files. InputError when one cannot be read."""
    from tegata.trust.certificates import load_certificates
    from tegata.trust.timestamp import pinned

    return pinned(one for path in certificates for one in load_certificates(path))


_URL = option("--url", required=True, about=t("of the authority", "時刻認証局の URL"))
_TSA = option(
    "--tsa",
    "certificates",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    about=t("its certificate (PEM), or one above it", "その証明書（PEM）または上位の証明書"),
)
_NETWORK = option(
    "--network", "networks", multiple=True, metavar="CIDR", about=t("a private network to reach", "許す非公開の網")
)


def authority_options(command: F) -> F:
    """`--url`, `--tsa` and `--network`, as `url`, `certificates` and `networks`."""
    return _URL(_TSA(_NETWORK(command)))
