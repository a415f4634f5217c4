"""A signature of level B-B made one of a higher: a time-stamp on it, what its verdict needs inside, one over all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal

from tegata.cli.authority import Asked
from tegata.model.base import t
from tegata.model.errors import UsageError
from tegata.trust.content import DigestOf, digest_of

Form = Literal["jades", "cades", "asice", "pades", "xades", "xml"]


@dataclass(frozen=True)
class Raised:
    """What the options about time and proofs say. Called with a signature it raises that."""

    form: Form
    url: str | None
    authorities: Sequence[Path]
    networks: Sequence[str]
    lists: Sequence[Path]
    answers: Sequence[Path] = ()
    archive: bool = False

    def __post_init__(self) -> None:
        """UsageError when a part is missing."""
        if self.url and not self.authorities:
            raise UsageError(
                t("whose time-stamp it will be is not said", "時刻認証局の証明書が指定されていません"),
                hint=t("give the authority's certificate: `--tsa FILE`", "`--tsa FILE` で指定してください"),
            )
        if self.proofs and not self.url:
            raise UsageError(
                t(
                    "revocation lists and OCSP answers belong to a level with a time-stamp",
                    "失効リストや OCSP 応答を収めるにはタイムスタンプが要ります",
                ),
                hint=t("name an authority: `--url URL --tsa FILE`", "`--url URL --tsa FILE` で指定してください"),
            )

        if self.archive and not self.proofs:
            raise UsageError(
                t(
                    "an archive time-stamp is over a signature with revocation lists inside",
                    "アーカイブタイムスタンプは失効リストを収めた署名に対するものです",
                ),
                hint=t("give `--crl` or `--ocsp`", "`--crl` か `--ocsp` を指定してください"),
            )

    @property
    def proofs(self) -> bool:
        """Whether proofs that nobody was revoked go inside."""
        return bool(self.lists or self.answers)

    @property
    def level(self) -> str:
        if not self.url:
            return "B-B"
        return ("B-LTA" if self.archive else "B-LT") if self.proofs else "B-T"

    def __call__(self, signature: bytes) -> bytes:
        """Raises OutboundError, PeerError or VerificationError when no good time-stamp can be had."""
        return self.lasting(self.stamped(signature))

    def stamped(self, signature: bytes) -> bytes:
        """With a time-stamp on it, where one is wanted. In a PDF and in a container the signature is CMS."""
        if not self.url:
            return signature
        module = self._module
        made: bytes = module.with_stamp(signature, self.token(digest_of(module.stamped_value(signature))))
        return made

    @property
    def _module(self) -> ModuleType:
        """What adds to signatures of this form."""
        from tegata.trust.ades import cades, jades, xades_sign

        modules: dict[str, ModuleType] = {"jades": jades, "xades": xades_sign, "xml": xades_sign}
        return modules.get(self.form, cades)

    def lasting(self, document: bytes) -> bytes:
        """With what its verdict needs inside, where that is wanted."""
        if not self.proofs:
            return document
        from tegata.cli.trust.given import read_answers, read_certificates, read_lists
        from tegata.trust.ades import pades

        module = pades if self.form == "pades" else self._module
        certificates = [one.der for one in read_certificates(self.authorities)]
        lists = [one.der for one in read_lists(self.lists)]
        answers = [one.der for one in read_answers(self.answers)]
        done: bytes = module.with_values(document, certificates, lists, answers)
        return done

    def token(self, digest: DigestOf) -> bytes:
        """A time-stamp over a content, of the authority that is named."""
        return Asked(self.url or "", self.authorities, self.networks).token(digest)[0]
