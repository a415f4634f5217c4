"""What a certificate counts as in another scheme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tegata.cli.paper import Paper
from tegata.cli.render import verification
from tegata.model.base import t

if TYPE_CHECKING:
    from tegata.trust.recognition import Recognition

_PURPOSES = {
    "signature": t("signatures", "署名"),
    "seal": t("seals", "シール"),
    "website": t("websites", "ウェブサイト"),
}


def show(paper: Paper, found: Recognition) -> None:
    words = {True: t("recognised", "承認される"), False: t("NOT recognised", "承認されない")}
    passed = found.verification.verdict == "total-passed"
    paper.line(words[passed], style="bold green" if passed else "bold red")
    verification.checks(paper, found.verification)
    if not passed:
        return
    level = t("qualified", "適格") if found.qualified else t("not qualified", "適格ではない")
    purposes = ", ".join(paper.word(_PURPOSES[each]) for each in found.purposes)
    paper.line(t("counts as: ", "相当するもの: "), level, f"  {purposes}" if found.qualified else "", indent=1)
    if found.qualified:
        device = t("its key lies in a qualified device", "鍵は適格装置にある")
        paper.line(
            device if found.device else t("nothing is said of a qualified device", "適格装置の定めはない"), indent=1
        )


def document(found: Recognition) -> dict[str, Any]:
    return {
        "verification": found.verification,
        "equivalence": found.equivalence,
        "kind": found.kind,
        "status": found.status,
        "qualified": found.qualified,
        "device": found.device,
        "purposes": found.purposes,
    }
