"""A decision and a verification as the engines make them, small enough to read."""

from __future__ import annotations

import datetime as dt

from tegata.model.base import t
from tegata.model.decision import (
    Change,
    Citation,
    Condition,
    Decision,
    FactUse,
    MissingFact,
    Outcome,
    PackDecision,
    PathToYes,
    RuleHit,
)

CITED = (Citation(ref="28 CFR 202.301", url="https://www.ecfr.gov/current/title-28/section-202.301"),)


def denial() -> Decision:
    used = (
        FactUse(name="recipient.located_in", value="CN", source="participant-register"),
        FactUse(name="subjects.us_persons", value={"health": 12_000}, source="scan"),
        FactUse(name="relation", value=None),
    )
    rule = RuleHit(
        rule="us.202.301",
        holds=True,
        outcome=Outcome.DENY,
        status="in_force",
        citations=CITED,
        say=t("data brokerage with a covered person is prohibited", "対象者へのデータ仲介は禁止されている"),
        facts_used=used,
    )
    pack = PackDecision(
        pack="us.28cfr202",
        version="1",
        jurisdiction="US",
        outcome=Outcome.DENY,
        rules=(rule,),
        facts_used=used,
        notes=(t("a note", "注記"),),
    )
    change = Change(
        fact="transaction.class",
        was="data_brokerage",
        value="vendor",
        say=t("make it a vendor agreement", "業者契約にする"),
    )
    return Decision(
        outcome=Outcome.DENY,
        per_pack=(pack,),
        path_to_yes=(PathToYes(changes=(change,), outcome=Outcome.ALLOW_WITH_CONDITIONS),),
        as_of=dt.date(2026, 11, 25),
        known_on=dt.date(2026, 11, 25),
        pack_digests={"us.28cfr202": "sha256:" + "0" * 64},
        facts={},
    )


def open_question() -> Decision:
    fact = MissingFact(
        name="consent.given",
        question=t("Did the people consent?", "本人は同意しているか"),
        rules=("jp.appi.28-1",),
        possible=(Outcome.ALLOW_WITH_CONDITIONS, Outcome.DENY),
    )
    duty = Condition(
        verb="drop",
        params={"categories": ["identifier.government"]},
        means=("D1",),
        rule="house.minimise.1",
        citations=(Citation(ref="house policy 1"),),
        say=t("government identifiers do not leave", "公的識別番号は出さない"),
    )
    return Decision(
        outcome=Outcome.NEEDS_INFO,
        per_pack=(),
        path_to_yes=(),
        path_note=t("nothing to change until this is known", "これが分かるまで変更案はない"),
        conditions=(duty,),
        missing=(fact,),
        as_of=dt.date(2026, 11, 25),
        known_on=dt.date(2026, 11, 24),
        pack_digests={},
        facts={},
    )
