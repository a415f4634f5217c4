"""A signature of level B-B made one of B-T or B-LT: a time-stamp on it, and what its verdict needs inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal

from tegata.cli.authority import Asked
from tegata.model.base import t
from tegata.model.errors import UsageError


@dataclass(frozen=True)
class Raised:
    """What `--url`, `--tsa`, `--network` and `--crl` say. Called with a signature it gives that of the level."""

    form: Literal["jades", "cades"]
    url: str | None
    authorities: Sequence[Path]
    networks: Sequence[str]
    lists: Sequence[Path]

    def __post_init__(self) -> None:
        """UsageError when a part is missing."""
        if self.url and not self.authorities:
            raise UsageError(
                t("whose time-stamp it will be is not said", "時刻認証局の証明書が指定されていません"),
                hint=t("give the authority's certificate: `--tsa FILE`", "`--tsa FILE` で指定してください"),
            )
        if self.lists and not self.url:
            raise UsageError(
                t(
                    "revocation lists belong to a level with a time-stamp",
                    "失効リストを収めるにはタイムスタンプが要ります",
                ),
                hint=t("name an authority: `--url URL --tsa FILE`", "`--url URL --tsa FILE` で指定してください"),
            )

    @property
    def level(self) -> str:
        return ("B-LT" if self.lists else "B-T") if self.url else "B-B"

    def __call__(self, signature: bytes) -> bytes:
        """Raises OutboundError, PeerError or VerificationError when no good time-stamp can be had."""
        if not self.url:
            return signature
        from tegata.cli.trust.given import read_certificates, read_lists
        from tegata.trust.cms import digest_of

        value = digest_of(self._module.stamped_value(signature))
        token, _ = Asked(self.url, self.authorities, self.networks).token(value)
        made: bytes = self._module.with_stamp(signature, token)
        if not self.lists:
            return made
        certificates = [one.der for one in read_certificates(self.authorities)]
        done: bytes = self._module.with_values(made, certificates, [one.der for one in read_lists(self.lists)])
        return done

    @property
    def _module(self) -> ModuleType:
        from tegata.trust.ades import cades, jades

        return jades if self.form == "jades" else cades
