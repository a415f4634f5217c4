"""Passports, their credentials, and what every implementation must say of them: `vectors/passports.json`.

python -m tests.trust.vectors        writes the file anew
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from tegata.log import Reason, Roll, write_roll
from tegata.model.base import encode
from tegata.trust import PASSPORT_TYP, SigningKey, follow, parse_jws, sign_jws, verify_passport
from tegata.trust.credential import CREDENTIAL_TYP, is_credential, issue_credential, verify_credential
from tests.trust.samples import AT_HAND, KEY, OTHER, TRUSTED, logged, sound
from tests.trust.test_quorum import COUNTERPARTY, ENOUGH, MALFORMED, TOO_FEW, sealed
from tests.trust.test_verify import LETTERS, SEALED, VIOLATIONS

FILE = Path(__file__).with_name("vectors") / "passports.json"


def case(name: str, passport: str, data: tuple[str, int] | None = AT_HAND, trusted: Any = TRUSTED) -> dict[str, Any]:
    """One case with the answer of this implementation."""
    verify = verify_credential if is_credential(passport) else verify_passport
    result = verify(passport, data, trusted)
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
    found += [case(name, passport) for name, passport in (*rolled(), *credentials())]
    found += enveloped()
    for _ in range(40):
        at = dice.randrange(len(SEALED))
        found.append(case(f"letter {at} changed", SEALED[:at] + dice.choice(LETTERS) + SEALED[at + 1 :]))
    return found


def enveloped() -> list[dict[str, Any]]:
    """Data that left in an envelope: it verifies, and what was in it."""
    opened = ("sha256:" + "ab" * 32, 77)
    told = {"certificate": "sha256:" + "cd" * 32, "data_digest": opened[0], "data_size": 77, "data_format": "csv"}

    def sealed_as(envelope: object) -> str:
        entry = msgspec.structs.replace(sound().entry, body=sound().entry.body | {"envelope": envelope})
        return sign_jws(encode(sound(entry=entry)), KEY, typ=PASSPORT_TYP)

    at_hand = {
        "as it came": AT_HAND,
        "opened": opened,
        "opened, longer": (opened[0], 78),
        "opened, changed": ("sha256:" + "00" * 32, 77),
    }
    made = [case(f"envelope: {what}", sealed_as(told), data) for what, data in at_hand.items()]
    malformed = (None, "x", [], {}, {"data_digest": opened[0]}, {"data_size": 77})
    return made + [case(f"envelope: {one}", sealed_as(one), opened) for one in malformed]


def rolled() -> Iterator[tuple[str, str]]:
    """Passports of a provider whose key was handed on twice: at 7 entries, and at 12."""
    keys = [KEY, *(SigningKey.generate(bytes([number]) * 32) for number in (21, 22))]
    notes = (_roll(1, 7, keys[0], keys[1]), _roll(2, 12, keys[1], keys[2], "key-compromise"))
    for size, number, told in product((7, 8, 12, 13), range(3), range(3)):
        yield f"key {number}, {told} rolls, {size} entries", _by(keys[number], size, notes[:told])
    for name, bad in (
        ("reversed", notes[::-1]),
        ("the second alone", notes[1:]),
        ("the first twice", (notes[0], notes[0])),
        ("by a stranger", (_roll(1, 7, OTHER, keys[1]),)),
        ("one signature", (notes[0].rpartition("— ")[0],)),
        ("more behind", (notes[0] + notes[0].rpartition("\n— ")[2],)),
        ("another size", (notes[0].replace("\n7\n", "\n6\n"),)),
        ("another number", (notes[0].replace("\n1\n7", "\n2\n7"),)),
        ("another form", (notes[0].replace("superseded", "lost"),)),
        ("no note", ("x",)),
        ("an empty note", ("",)),
        ("very many", notes * 40),
        (
            "of somebody else",
            (*notes[:1], write_roll(Roll(OTHER.did, 1, 7, "superseded", keys[1].did), OTHER, keys[1])),
        ),
    ):
        yield f"rolls: {name}", _by(keys[1], 9, bad)
    yield "rolls: an empty list", _empty(keys[0])


def credentials() -> Iterator[tuple[str, str]]:
    """Credentials of a passport: as issued, under a later key, and changed by whoever can sign them."""
    later = SigningKey.generate(bytes([21]) * 32)
    notes = (_roll(1, 20, KEY, later),)
    made = issue_credential(SEALED, KEY)
    yield "credential", made
    yield "credential by a later key", issue_credential(SEALED, later.known_as(follow(KEY.did, notes)))
    document = json.loads(parse_jws(made, typ=CREDENTIAL_TYP).payload)
    subject = document["credentialSubject"]
    for name, changed in (
        ("of another issuer", document | {"issuer": OTHER.did}),
        ("with more", document | {"more": 1}),
        ("with less", {key: value for key, value in document.items() if key != "name"}),
        ("of another decision", document | {"credentialSubject": subject | {"outcome": "allow"}}),
        ("of other data", document | {"credentialSubject": subject | {"dataSize": 1}}),
        (
            "of a spoiled passport",
            document | {"evidence": {"type": "TegataPassport", "passport": SEALED[:-9] + "AAAAAAAAA"}},
        ),
        ("without a passport", document | {"evidence": {"type": "TegataPassport"}}),
        ("with rolls of nobody", document | {"rolls": ["x"]}),
        ("with no rolls", document | {"rolls": []}),
        ("with rolls that are none", document | {"rolls": 1}),
        ("with rolls of its own", document | {"rolls": list(notes)}),
        ("a list", [document]),
    ):
        yield f"credential {name}", sign_jws(encode(changed), KEY, typ=CREDENTIAL_TYP)
    yield "credential by another key", sign_jws(encode(document), OTHER, typ=CREDENTIAL_TYP)
    yield "credential spelled otherwise", sign_jws(json.dumps(document).encode(), KEY, typ=CREDENTIAL_TYP)
    yield "credential with a spoiled signature", made[:-3] + "AAA"
    yield "a passport called a credential", sign_jws(encode(sound()), KEY, typ=CREDENTIAL_TYP)


def _roll(number: int, size: int, old: SigningKey, new: SigningKey, reason: Reason = "superseded") -> str:
    return write_roll(Roll(KEY.did, number, size, reason, new.did), old, new)


def _by(key: SigningKey, size: int, notes: tuple[str, ...]) -> str:
    """A sound passport under a checkpoint over so many entries; checkpoint and seal by a key."""
    proof = logged(sound().entry, key=key, origin=KEY.did, after=size - 6)
    return sign_jws(encode(sound(proof=proof, rolls=notes)), key, typ=PASSPORT_TYP)


def _empty(key: SigningKey) -> str:
    """A list that is not written when it is empty."""
    document = json.loads(encode(sound())) | {"rolls": []}
    payload = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sign_jws(payload.encode(), key, typ=PASSPORT_TYP)


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(cases()), indent=1) + b"\n")
