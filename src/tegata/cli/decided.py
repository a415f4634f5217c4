"""A saved decision as the ground on which data is protected: it lets it go, it follows, and it is about this data."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tegata.cli.packs import PackChoice, packs_in_use
from tegata.cli.replay import read_decision
from tegata.model.base import digest, t
from tegata.model.decision import Decision, Outcome
from tegata.model.errors import OutcomeError, VerificationError
from tegata.model.profile import Profile

GO: Final = (Outcome.ALLOW, Outcome.ALLOW_WITH_CONDITIONS)


def decision_to_carry_out(path: Path, packs: PackChoice) -> Decision:
    """OutcomeError where it does not let the data go, VerificationError where the packs in use do not come to it."""
    made = read_decision(path)
    _refuse_unless_it_may_go(made)
    _refuse_unless_it_follows(made, packs)
    return made


def _refuse_unless_it_may_go(decision: Decision) -> None:
    if decision.outcome in GO:
        return
    from tegata.sheets.words import OUTCOMES

    words = OUTCOMES[decision.outcome]
    raise OutcomeError(
        t(f"the decision does not let the data go: {words.en}", f"この判定ではデータを出せません: {words.ja}"),
        exit_code=decision.outcome.exit_code,
        why=_reason(decision),
        hint=t(
            "`tegata check` shows what is missing and what would make it a yes",
            "不足する事実と改善策は `tegata check` が示します",
        ),
    )


def _refuse_unless_it_follows(decision: Decision, packs: PackChoice) -> None:
    """Promise 4: a decision is believed because all packs in use come to it again, not because a file says so."""
    from tegata.rules.replay import replay

    used = packs_in_use(packs)
    replay(decision, used)
    if silent := [pack.id for pack in used if pack.id not in decision.pack_digests]:
        names = ", ".join(f"`{name}`" for name in silent)
        raise VerificationError(
            t(f"the decision was made without {names}", f"この判定には {names} が用いられていません"),
            hint=t(
                "decide again with `tegata check`; name the same `--packs` in both",
                "`tegata check` で判定し直してください。`--packs` は両方に同じものを指定します",
            ),
        )


def _reason(decision: Decision) -> str:
    """Rules that stand in the way, or the questions that are open."""
    rules = [
        f"{hit.rule} ({'; '.join(c.ref for c in hit.citations)})"
        for pack in decision.per_pack
        for hit in pack.rules
        if hit.outcome is decision.outcome
    ]
    return ", ".join(rules or [fact.name for fact in decision.missing])


def refuse_other_data(decision: Decision, profile: Profile, path: Path | str) -> None:
    """Promise 2: what was scanned is what leaves."""
    if decision.profile_digest == digest(profile):
        return
    why = (
        t("the file or the recognisers have changed since", "その後、ファイルまたは認識器が変わりました")
        if decision.profile_digest
        else t("it was made on stated facts alone", "申告された事実だけに基づく判定です")
    )
    raise VerificationError(
        t(f"the decision is not about this `{path}`", f"この判定は現在の `{path}` についてのものではありません"),
        why=why,
        hint=t(
            "decide again with `tegata check`; name the same `--recognisers` in both",
            "`tegata check` で判定し直してください。`--recognisers` は両方に同じものを指定します",
        ),
    )
