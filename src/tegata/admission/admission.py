"""Packs that may judge, each with who vouches for it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from tegata.admission.settings import PackTrust
from tegata.admission.standing import Standing, standing
from tegata.model.base import t
from tegata.model.errors import PackError
from tegata.rules import Pack
from tegata.rules.pack import Vouch


def admitted(
    packs: Sequence[Pack], trust: PackTrust, today: dt.date, signatures: Path | None = None
) -> tuple[Pack, ...]:
    """The packs with their `vouch`: one that must be looked at gives no answer milder than human_review.

    Raises:
        PackError: a pack was altered; or nobody vouches for one whom the settings trust, and they refuse such.
    """
    return tuple(_admitted(pack, trust, standing(pack, trust, today, signatures)) for pack in packs)


def _admitted(pack: Pack, trust: PackTrust, found: Standing) -> Pack:
    if found.verdict in ("trusted", "installation"):
        return dataclasses.replace(pack, vouch=Vouch(found.signer, found.expires))
    if found.verdict == "altered" or trust.unsigned == "refuse":
        raise _refused(pack, found)
    doubt = found.say if trust.unsigned == "review" else None
    return dataclasses.replace(pack, vouch=Vouch(found.signer, doubt=doubt))


def _refused(pack: Pack, found: Standing) -> PackError:
    hint = t(
        "have it read and signed: `tegata rules sign`; who may sign stands in the setting `signers`",
        "確認のうえ `tegata rules sign` で署名を受けてください。署名者は設定 `signers` で決めます",
    )
    if found.verdict == "altered":
        hint = t(
            "compare it with what was signed (`tegata rules diff`), and have it signed again",
            "署名時のものと比べ（`tegata rules diff`）、署名し直してください",
        )
    what = t(f"the rule pack `{pack.id}` may not judge here", f"ルールパック `{pack.id}` はここでは使えません")
    return PackError(what, why=found.say, hint=hint)
