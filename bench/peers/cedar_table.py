"""The prohibitions of 28 CFR Part 202 in Cedar: what its language can say of the decision table.

Cedar has no definitions, no arithmetic over maps and two answers, so definitions are written out in every policy and an
answer is either forbidden or not; of conditions it says nothing.
"""

from __future__ import annotations

from typing import Any

COUNTRIES = '["CN", "HK", "MO", "CU", "IR", "KP", "RU", "VE"]'
LIMITS = {
    "omic.genomic": 100,
    "omic.other": 1000,
    "biometric": 1000,
    "geo.precise": 1000,
    "health": 10_000,
    "financial": 10_000,
}


def held(category: str) -> str:
    return f'context.categories.contains("{category}")'


def more(category: str, limit: int) -> str:
    return f'(context.now["{category}"] + context.before["{category}"] > {limit})'


def any_of(parts: list[str]) -> str:
    return "(" + " || ".join(parts) + ")"


SENSITIVE = list(LIMITS)
PAIRS = [f"({held(one)} && {held(other)})" for n, one in enumerate(SENSITIVE) for other in SENSITIVE[n + 1 :]]
COMBINED = any_of([*PAIRS, f"({any_of([held(c) for c in SENSITIVE])} && context.identifiers >= 1)"])


def over(limit: int) -> str:
    """Some category that the data holds is counted above the limit."""
    return any_of([f"({held(c)} && {more(c, limit)})" for c in (*LIMITS, "identifier")])


LOWEST = (
    f"(if {held('omic.genomic')} then {over(100)} else if {any_of([held(c) for c in SENSITIVE[1:4]])} "
    f"then {over(1000)} else {over(10_000)})"
)
BULK = any_of(
    [
        *(f"({held(c)} && {more(c, limit)})" for c, limit in LIMITS.items()),
        f"(context.identifiers >= 2 && {more('identifier', 100_000)})",
        f"({COMBINED} && {LOWEST})",
    ]
)
OMIC = (
    f"(!context.public && ({held('omic.genomic')} && {more('omic.genomic', 100)} "
    f"|| {held('omic.other')} && {more('omic.other', 1000)}))"
)
DATA = f"(context.government || ({BULK} && !context.public))"
US = '(context.organised == ["US"])'
COVERED = (
    f"(context.designated || !{US} && ({COUNTRIES}.contains(context.place) "
    f"|| context.organised.containsAny({COUNTRIES}) || context.owned >= 500))"
)
TWO = '(context.relation != "same_entity")'
BROKERAGE = f'(context.class == "data_brokerage" && {TWO})'
OTHER = (
    f'((["vendor", "employment", "intragroup", "regulatory"].contains(context.class) '
    f'|| context.class == "investment" && !context.passive) && {TWO} && context.access)'
)
EXEMPT = (
    '(["travel", "law", "financial_services"].contains(context.incident) || context.incident == '
    '"group_administration" && ["parent", "subsidiary", "affiliate"].contains(context.relation))'
)
TELECOM = f'(context.incident == "telecom" && !{BROKERAGE})'
FORBIDDEN = (
    f"{COVERED} && {BROKERAGE} && !{EXEMPT} && {DATA}",
    f"{COVERED} && ({BROKERAGE} || {OTHER}) && !{EXEMPT} && !{TELECOM} && {OMIC}",
    f"{COVERED} && {OTHER} && !context.cisa && !{EXEMPT} && !{TELECOM} && {DATA} && !{OMIC}",
    f"!{COVERED} && !{US} && {BROKERAGE} && !context.clause && !{EXEMPT} && {DATA}",
    f"context.evasion && {DATA}",
)
POLICIES = "permit(principal, action, resource);\n" + "".join(
    f"forbid(principal, action, resource) when {{ {condition} }};\n" for condition in FORBIDDEN
)


def request(stated: dict[str, Any]) -> dict[str, Any]:
    """A flow as a request: maps with every category in them, percentages in tenths, for Cedar has whole numbers."""
    now, before = (dict(stated[f"subjects.{name}"]) for name in ("us_persons", "prior_us_persons"))
    now["geo.precise"], before["geo.precise"] = stated["subjects.us_devices"], stated["subjects.prior_us_devices"]
    names = (*LIMITS, "identifier")
    identifiers = any(name.startswith("identifier") for name in stated["data.categories"])
    return {
        "principal": 'Party::"provider"',
        "action": 'Action::"send"',
        "resource": 'Data::"flow"',
        "context": {
            "categories": [*stated["data.categories"], *(["identifier"] if identifiers else [])],
            "identifiers": len(stated["data.identifiers"]),
            "now": {name: now.get(name, 0) for name in names},
            "before": {name: before.get(name, 0) for name in names},
            "public": stated["data.public_record"],
            "government": stated["data.government_related"],
            "organised": stated["recipient.organised_under"],
            "place": stated["recipient.principal_place"],
            "owned": round(stated["recipient.owned_by_covered_pct"] * 10),
            "designated": stated["recipient.designated"],
            "relation": stated["relation"],
            "class": stated["transaction.class"],
            "passive": stated["transaction.passive"],
            "access": stated["transaction.access"],
            "incident": stated["transaction.incident_to"],
            "evasion": stated["transaction.evasion"],
            "clause": stated["transaction.onward_clause"],
            "cisa": stated["safeguards.cisa"] == "met",
        },
    }
