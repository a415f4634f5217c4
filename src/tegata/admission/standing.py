"""How a pack stands with the operator: who signed it, for how long, and whether that is enough."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Final, Literal

from tegata.admission.installation import altered, of_package, recorded
from tegata.admission.settings import PackTrust
from tegata.model.base import Noun, Text, t
from tegata.model.errors import VerificationError
from tegata.rules import Pack
from tegata.rules.pack_folder import read_bytes
from tegata.trust.pack_seal import PackStatement, open_pack_seal

INSTALLATION: Final = "installation"

_AS_INSTALLED: Final = t("as it was installed with the package", "パッケージのインストール時のまま")
_WORKING_COPY: Final = t(
    "part of the package, a working copy of which no installation kept a record",
    "パッケージの一部（作業用コピーのため、インストールの記録はない）",
)

Verdict = Literal["trusted", "installation", "unsigned", "unknown_signer", "expired", "altered"]


class Standing(Noun, frozen=True, kw_only=True):
    """`trusted` and `installation` may judge; `altered` never; the rest as the setting `unsigned` says."""

    pack: str
    version: str
    digest: str
    verdict: Verdict
    say: Text
    signer: str = ""
    name: str = ""  # by which the operator knows the signer
    signed_on: dt.date | None = None
    expires: dt.date | None = None


def standing(pack: Pack, trust: PackTrust, today: dt.date, signatures: Path | None = None) -> Standing:
    """The verdict on a pack. `signatures`: a folder of signatures for packs that have none in their own."""
    if of_package(pack) and (files := altered(pack)):
        names = ", ".join(f"`{name}`" for name in files)
        return _stands(pack, "altered", t(f"not as installed: {names}", f"インストール時と異なります：{names}"))
    text = pack.signature or _beside(pack, signatures)
    if not text:
        return _unsigned(pack, trust)
    try:
        statement = open_pack_seal(text.decode("ascii", "replace").strip())
    except VerificationError as error:
        (en, *_), (ja, *_) = error.parts("en"), error.parts("ja")
        return _stands(pack, "altered", t(f"the signature does not hold: {en}", f"署名が成り立ちません：{ja}"))
    if (difference := _difference(pack, statement)) is not None:
        return _stands(pack, "altered", difference, statement)
    return _judged(pack, trust, today, statement)


def _beside(pack: Pack, signatures: Path | None) -> bytes:
    path = signatures and signatures / f"{pack.id}.jws"
    return read_bytes(path) if path and os.path.lexists(path) else b""


def _unsigned(pack: Pack, trust: PackTrust) -> Standing:
    if of_package(pack) and trust.package == "installation":
        return _stands(pack, "installation", _AS_INSTALLED if recorded() else _WORKING_COPY)
    return _stands(pack, "unsigned", t("nobody has signed it", "署名がありません"))


def _difference(pack: Pack, statement: PackStatement) -> Text | None:
    """What the signature is over, where that is not this pack."""
    if (statement.pack, statement.version) != (pack.id, pack.version):
        signed = f"{statement.pack} {statement.version}"
        return t(f"the signature is over `{signed}`", f"署名の対象は `{signed}` です")
    if statement.digest != pack.digest:
        return t("the pack was changed after it was signed", "署名の後にパックが変更されています")
    return None


def _judged(pack: Pack, trust: PackTrust, today: dt.date, statement: PackStatement) -> Standing:
    review = pack.files.head.review_after
    if statement.signer not in trust.signers:
        did = statement.signer
        unknown = t(f"its signer `{did}` is not one of yours", f"署名者 `{did}` は登録されていません")
        return _stands(pack, "unknown_signer", unknown, statement)
    name = trust.signers[statement.signer]
    if not statement.signed_on <= today <= min(statement.expires, review):
        days = f"{statement.signed_on} .. {min(statement.expires, review)}"
        return _stands(pack, "expired", t(f"signed for {days}", f"署名の期間は {days} です"), statement, name)
    return _stands(pack, "trusted", t(f"signed by {name}", f"{name} が署名"), statement, name)


def _stands(
    pack: Pack, verdict: Verdict, say: Text, statement: PackStatement | None = None, name: str = ""
) -> Standing:
    signer = statement.signer if statement else INSTALLATION if verdict == "installation" else ""
    return Standing(
        pack=pack.id,
        version=pack.version,
        digest=pack.digest,
        verdict=verdict,
        say=say,
        signer=signer,
        name=name,
        signed_on=statement.signed_on if statement else None,
        expires=statement.expires if statement else None,
    )
