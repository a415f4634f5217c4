"""The static page reads evidence packages too, and says the same of each as `tegata verify`.

But for the step `ml-dsa-44`, which it does not take.
"""

from __future__ import annotations

import base64
import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tegata.evidence.answer import Question
from tegata.evidence.package import make_package
from tegata.log import SignatureLine, cosign, stamp_line, stamped_text, with_signatures, write_proof
from tegata.model.base import encode, sha256
from tegata.model.evidence import Entry
from tegata.trust import SigningKey, seal_package, verify_package
from tegata.trust.ades.asice import MANIFEST, SIGNATURE
from tegata.trust.container import read_container, write_container
from tegata.trust.content import digest_of
from tegata.trust.timestamp import Imprint, read_request, write_request
from tegata.trust.tsa import Issuer
from tests.evidence import logs
from tests.trust.certificates import certified
from tests.trust.samples import KEY, RELEASED, logged, sound
from tests.trust.test_page import said_in_page
from tests.trust.test_quorum import VKEY_B
from tests.trust.test_verify import SEALED

WITNESS = SigningKey.generate(b"w" * 32)
TRUSTED = {KEY.did: "us", WITNESS.did: "a witness"}
Files = dict[str, bytes]
INDEX = sound().proof.index


def files(*lines: SignatureLine) -> Files:
    """What an answer holds whose one entry is the release of a sample passport, with more under its checkpoint."""
    passport = sound()
    stated = passport.proof.checkpoint
    proof = msgspec.structs.replace(
        passport.proof, checkpoint=msgspec.structs.replace(stated, note=with_signatures(stated.note, lines))
    )
    return {
        f"entries/{INDEX}.json": encode(passport.entry),
        f"proofs/{INDEX}.tlog-proof": write_proof(proof).encode(),
        f"passports/{INDEX}.jws": SEALED.encode(),
        "question.json": b"{}",
    }


def sealed(changed: Files) -> bytes:
    return seal_package(changed, KEY, RELEASED)


SOUND = sealed(files())


def differences(packages: list[tuple[str, bytes]], trusted: dict[str, str]) -> list[object]:
    asked = [{"package": base64.b64encode(data).decode(), "trusted": trusted} for _, data in packages]
    found = []
    for (name, data), told in zip(packages, said_in_page(asked), strict=True):
        ours = verify_package(data, trusted)
        checks = [[one.name, one.verdict] for one in ours.checks if one.name != "ml-dsa-44"]
        if (ours.verdict, checks) != (told["verdict"], told["checks"]):
            found.append((name, checks, told["checks"]))
    return found


def _stamped() -> bytes:
    note = sound().proof.checkpoint.note
    imprint = Imprint("sha256", digest_of(stamped_text(note))("sha256"))
    issuer = Issuer(certified("p256"), "1.2.3", dt.timedelta(seconds=1))
    return sealed(files(stamp_line("tsa", issuer.token(read_request(write_request(imprint, nonce=1)), 5, RELEASED))))


def _cosigned(at: int, spoil: Callable[[bytes], bytes] = lambda signature: signature) -> bytes:
    line = cosign(sound().proof.checkpoint.note, WITNESS.did, WITNESS, at)
    return sealed(files(line._replace(signature=spoil(line.signature))))


def _forged() -> list[tuple[str, bytes]]:
    """Packages that their owner has sealed, whatever is in them."""
    entry, proof, passport = (f"entries/{INDEX}.json", f"proofs/{INDEX}.tlog-proof", f"passports/{INDEX}.jws")
    good = files()
    document = b'{"a":1}'
    other = encode(msgspec.structs.replace(sound().entry, body={**sound().entry.body, "document": sha256(document)}))
    return [
        ("no entry", sealed({"question.json": b"{}"})),
        ("no proof", sealed({name: data for name, data in good.items() if name != proof})),
        ("another entry", sealed({**good, entry: good[entry].replace(b'"release"', b'"delivery"')})),
        ("no fixed form", sealed({**good, entry: good[entry] + b" "})),
        ("a document that nobody names", sealed({**good, "documents/x.json": document})),
        ("a document of an entry that is not in the log", sealed({**good, entry: other, "documents/x.json": document})),
        ("a passport of another entry", sealed({**good, f"passports/{INDEX + 1}.jws": good[passport]})),
        ("a passport that does not hold", sealed({**good, passport: good[passport][:-9] + b"AAAAAAAAA"})),
        ("another position", sealed({**good, proof: good[proof].replace(b"index ", b"index 1")})),
        ("another root", sealed({**good, proof: good[proof].replace(KEY.did.encode(), WITNESS.did.encode(), 1)})),
        ("not UTF-8", sealed({**good, proof: b"\xff" + good[proof]})),
        ("an empty passport", sealed({**good, passport: b""})),
        ("sealed by another", seal_package(good, WITNESS, RELEASED)),
    ]


def _rearranged() -> list[tuple[str, bytes]]:
    """Packages that somebody else has changed."""
    held = read_container(SOUND)
    other = read_container(seal_package(files(), WITNESS, RELEASED))
    more = {**held, "more.txt": b""}
    return [
        ("nothing", b""),
        ("no ZIP", b"PK\x03\x04" + bytes(40)),
        ("a file more", write_container(more)),
        ("a file less", write_container({name: data for name, data in held.items() if name != "question.json"})),
        ("a file changed", write_container({**held, "question.json": b"{ }"})),
        ("no seal", write_container({name: data for name, data in held.items() if name != SIGNATURE})),
        ("no manifest", write_container({name: data for name, data in held.items() if name != MANIFEST})),
        ("another's seal", write_container({**held, SIGNATURE: other[SIGNATURE]})),
        ("another's head", write_container({**held, "evidence.json": other["evidence.json"]})),
        ("in front", b"x" + SOUND),
        ("behind", SOUND + b"x"),
        *((f"cut at {at}", SOUND[:at]) for at in range(1, len(SOUND), 1501)),
    ]


def test_the_page_agrees_on_packages() -> None:
    good = [("sound", SOUND), ("stamped", _stamped()), ("cosigned", _cosigned(7))]
    assert {verify_package(data, TRUSTED).verdict for _, data in good} == {"total-passed"}
    bad = [("a cosignature spoiled", _cosigned(7, lambda line: line[:-1] + bytes([line[-1] ^ 1])))]
    bad += [("a cosignature of no time", _cosigned(2**63)), *_forged(), *_rearranged()]
    assert {verify_package(data, TRUSTED).verdict for _, data in bad} == {"total-failed"}
    assert differences(good + bad, TRUSTED) == []
    assert differences(good, {}) == []


def _agreed(quorums: object, *, cosigned: bool = True, kind: str = "agreement", **said: str) -> bytes:
    """The package of an agreement that says this of witnesses, its checkpoint cosigned by the counterparty."""
    body = {"provider": KEY.did, "consumer": WITNESS.did, "witness_quorum": quorums} | said
    entry = Entry(kind=kind, at=RELEASED, subject="urn:uuid:0", body=body, salt="c2FsdHNhbHRzYWx0c2FsdA")
    proof = logged(entry)
    note = proof.checkpoint.note
    note = with_signatures(note, [cosign(note, WITNESS.did, WITNESS, 7)] if cosigned else [])
    proof = msgspec.structs.replace(proof, checkpoint=msgspec.structs.replace(proof.checkpoint, note=note))
    held = {
        f"entries/{proof.index}.json": encode(entry),
        f"proofs/{proof.index}.tlog-proof": write_proof(proof).encode(),
    }
    return sealed({**held, "question.json": b"{}"})


def test_the_page_agrees_on_agreements_that_ask_for_witnesses() -> None:
    """As many as agreed: passed; fewer: open, for more may come; no quorum: failed; another's log: not asked."""
    asked = {"at_least": 1, "of": ["counterparty"]}
    expected = {
        "passed": [_agreed([asked]), _agreed([asked, asked])],
        "indeterminate": [_agreed([asked], cosigned=False), _agreed([asked, {**asked, "of": [VKEY_B]}])],
        "failed": [_agreed(one) for one in ([], {}, "x", [1], [{}], [{**asked, "at_least": 2}])]
        + [_agreed([asked], consumer="nobody")],
    }
    given = [(f"{verdict} {n}", data) for verdict, some in expected.items() for n, data in enumerate(some)]
    not_asked = [_agreed([asked], provider=WITNESS.did), _agreed([asked], kind="agreed")]
    assert differences([*given, *(("not asked", data) for data in not_asked)], TRUSTED) == []
    for verdict, some in expected.items():
        assert {_told(data).get("witnesses") for data in some} == {verdict}
    assert not any("witnesses" in _told(data) for data in not_asked)


def _told(data: bytes) -> dict[str, str]:
    return {one.name: one.verdict for one in verify_package(data, TRUSTED).checks}


def test_the_page_takes_no_mutant() -> None:
    dice, mutants = random.Random(20261126), []
    for number in range(250):
        data = bytearray(SOUND)
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        mutants.append({"package": base64.b64encode(data).decode(), "trusted": TRUSTED, "number": number})
    assert [one["verdict"] for one in said_in_page(mutants)] == ["total-failed"] * len(mutants)


@pytest.mark.parametrize("count", [1, 9])
async def test_the_page_reads_what_a_node_makes(tmp_path: Path, count: int) -> None:
    async with logs.open_log(tmp_path) as log:
        await log.publisher.endorse()
        await log.add(count)
        about = Question(about="did:key:zExample")
        made = await make_package(log.store, log.evidence, logs.KEYS, about, logs.NOW)
    trusted = {logs.KEY.did: "us"}
    assert verify_package(made, trusted).verdict == "total-passed"
    assert differences([("made", made)], trusted) == []
