"""Passports and what a verifier must say of them, for every implementation: `vectors/passports.json`.

python -m tests.trust.vectors        writes the file anew
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec

from tegata.trust import verify_passport
from tests.trust.samples import AT_HAND, KEY, OTHER, TRUSTED
from tests.trust.test_quorum import COUNTERPARTY, ENOUGH, MALFORMED, TOO_FEW, sealed
from tests.trust.test_verify import LETTERS, SEALED, VIOLATIONS

FILE = Path(__file__).with_name("vectors") / "passports.json"


def case(name: str, passport: str, data: tuple[str, int] | None = AT_HAND, trusted: Any = TRUSTED) -> dict[str, Any]:
    """One case with the answer of this implementation."""
    result = verify_passport(passport, data, trusted)
    return {
        "name": name,
        "passport": passport,
        "data": None if data is None else {"digest": data[0], "size": data[1]},
        "trusted": dict(trusted),
        "verdict": result.verdict,
        "checks": [[check.name, check.verdict] for check in result.checks],
    }


def cases() -> list[dict[str, Any]]:
    """What is sound, every violation of a step, what the reader does not bring, and some mutants."""
    dice = random.Random(20261125)
    found = [
        case("sound", SEALED),
        case("no data", SEALED, None),
        case("nobody trusted", SEALED, AT_HAND, {}),
        case("somebody else trusted", SEALED, None, {OTHER.did: "somebody else"}),
        case("other data", SEALED, (AT_HAND[0], AT_HAND[1] + 1)),
        case("trusted under another name", SEALED, AT_HAND, {KEY.did: "例の病院"}),
    ]
    found += [case(f"{step}: {why}", make()) for step, why, make in VIOLATIONS]
    found += [case(f"witnesses: {why}", passport) for why, passport in (ENOUGH | TOO_FEW).items()]
    found += [case(f"no quorum: {why}", sealed(params, by=(COUNTERPARTY,))) for why, params in MALFORMED.items()]
    for _ in range(40):
        at = dice.randrange(len(SEALED))
        found.append(case(f"letter {at} changed", SEALED[:at] + dice.choice(LETTERS) + SEALED[at + 1 :]))
    return found


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(cases()), indent=1) + b"\n")
