"""The static page reads evidence packages too, and says the same of each as `tegata verify`."""

from __future__ import annotations

import base64
import datetime as dt
import json
import random
from collections.abc import Callable
from itertools import product
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.evidence.answer import Question
from tegata.evidence.package import make_package
from tegata.log import (
    ML_DSA_44,
    Roll,
    SignatureLine,
    commitment,
    cosign,
    endorse,
    prove_entry,
    root,
    sign_checkpoint,
    stamp_line,
    stamped_text,
    with_signatures,
    write_proof,
    write_roll,
    write_vkey,
)
from tegata.model.base import encode, sha256
from tegata.model.evidence import Entry
from tegata.trust import MlDsaKey, SigningKey, follow, seal_package, verify_package
from tegata.trust.ades.manifest import MANIFEST, SIGNATURE
from tegata.trust.certified import CertifiedKey
from tegata.trust.container import read_container, write_container
from tegata.trust.content import digest_of
from tegata.trust.private_key import PrivateKey
from tegata.trust.timestamp import Imprint, read_request, write_request
from tegata.trust.tsa import Issuer
from tests.evidence import logs
from tests.evidence.test_validation import DAY, ROOT, revocation_list, stamping_certificate
from tests.log.memory import MemoryLog
from tests.shared_data import shared_data
from tests.trust.certificates import certified, private
from tests.trust.samples import KEY, RELEASED, logged, sound
from tests.trust.test_page import said_in_page
from tests.trust.test_quorum import VKEY_B
from tests.trust.test_verify import SEALED

WITNESS = SigningKey.generate(b"w" * 32)
TRUSTED = {KEY.did: "us", WITNESS.did: "a witness"}
Packages = list[tuple[str, bytes]]
Packages = list[tuple[str, bytes]]
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
        checks = [[one.name, one.verdict] for one in ours.checks]
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


def good_packages() -> Packages:
    return [("sound", SOUND), ("stamped", _stamped()), ("cosigned", _cosigned(7))]


def bad_packages() -> Packages:
    bad = [("a cosignature spoiled", _cosigned(7, lambda line: line[:-1] + bytes([line[-1] ^ 1])))]
    return [*bad, ("a cosignature of no time", _cosigned(2**63)), *_forged(), *_rearranged()]


def test_the_page_agrees_on_packages() -> None:
    good, bad = good_packages(), bad_packages()
    assert {verify_package(data, TRUSTED).verdict for _, data in good} == {"total-passed"}
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


ASKED = {"at_least": 1, "of": ["counterparty"]}


def agreed_packages() -> dict[str, list[bytes]]:
    """Of agreements that ask for witnesses, by the verdict of that check."""
    asked = ASKED
    return {
        "passed": [_agreed([asked]), _agreed([asked, asked])],
        "indeterminate": [_agreed([asked], cosigned=False), _agreed([asked, {**asked, "of": [VKEY_B]}])],
        "failed": [_agreed(one) for one in ([], {}, "x", [1], [{}], [{**asked, "at_least": 2}])]
        + [_agreed([asked], consumer="nobody")],
    }


def test_the_page_agrees_on_agreements_that_ask_for_witnesses() -> None:
    """As many as agreed: passed; fewer: open, for more may come; no quorum: failed; another's log: not asked."""
    asked, expected = ASKED, agreed_packages()
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


SECOND, WITNESS_SECOND, STRANGER = (MlDsaKey(letter * 32) for letter in (b"q", b"r", b"s"))


def _answer(more: list[tuple[Entry, bytes]], lines: list[SignatureLine], heavy: list[SignatureLine]) -> Files:
    """A package of a log with entries that name notes; the checkpoint with more lines of both kinds."""
    told = [sound().entry, *(entry for entry, _ in more)]
    log = MemoryLog([commitment(encode(entry)) for entry in told])
    stated = sign_checkpoint(KEY.did, len(told), root(len(told), log.read), KEY)
    stated = msgspec.structs.replace(stated, note=with_signatures(stated.note, lines))
    held = {"question.json": b"{}", "checkpoint": with_signatures(stated.note, heavy).encode()}
    for index, entry in enumerate(told):
        held[f"entries/{index}.json"] = encode(entry)
        held[f"proofs/{index}.tlog-proof"] = write_proof(prove_entry(index, stated, log.read)).encode()
    return held | {f"documents/{sha256(note)[7:]}.note": note for _, note in more}


def _note_on(kind: str, member: str, subject: str, note: str) -> tuple[Entry, bytes]:
    entry = Entry(kind=kind, at=RELEASED, subject=subject, body={member: sha256(note.encode())}, salt="c2FsdHNhbHQ")
    return entry, note.encode()


def _endorsed(key: SigningKey, second: MlDsaKey, name: str = "") -> tuple[Entry, bytes]:
    return _note_on("key_endorsed", "endorsement", name or key.did, endorse(name or key.did, key, second.raw))


def _spoiled(line: SignatureLine) -> SignatureLine:
    return line._replace(signature=line.signature[:-100] + bytes([line.signature[-100] ^ 1]) + line.signature[-99:])


PUBLIC = write_vkey("witness.example", ML_DSA_44, STRANGER.raw)


def twice_signed_packages() -> Packages:
    """With ML-DSA-44 signatures under the checkpoint."""
    both = [_endorsed(KEY, SECOND), _endorsed(WITNESS, WITNESS_SECOND)]
    note = _answer(both, [], [])["checkpoint"].decode()
    ours, theirs = cosign(note, KEY.did, SECOND, 7), cosign(note, WITNESS.did, WITNESS_SECOND, 8)
    public = cosign(note, "witness.example", STRANGER, 9)
    notes: dict[str, tuple[list[tuple[Entry, bytes]], list[SignatureLine]]] = {
        "both": (both, [ours, theirs, public]),
        "nobody endorsed": ([], [cosign(_answer([], [], [])["checkpoint"].decode(), KEY.did, SECOND, 7)]),
        "ours spoiled": (both, [_spoiled(ours)]),
        "theirs spoiled": (both, [_spoiled(theirs)]),
        "the public one spoiled": (both, [ours, _spoiled(public)]),
        "of no time": (both, [ours._replace(signature=b"\xff" + ours.signature[1:])]),
        "of another checkpoint": (both, [cosign(note.replace("\n3\n", "\n4\n"), KEY.did, SECOND, 7)]),
    }
    packages = [(name, sealed(_answer(entries, [], heavy))) for name, (entries, heavy) in notes.items()]
    good = _answer(both, [], [ours])
    return [
        *packages,
        ("another checkpoint", sealed({**good, "checkpoint": good["checkpoint"].replace(b"\n3\n", b"\n4\n", 1)})),
        ("no checkpoint", sealed({**good, "checkpoint": b"x"})),
        ("an empty checkpoint", sealed({**good, "checkpoint": b""})),
        ("an endorsement by another", sealed(_answer([_endorsed(WITNESS, SECOND, KEY.did)], [], [ours]))),
    ]


def test_the_page_agrees_on_signatures_that_no_quantum_computer_forges() -> None:
    packages = twice_signed_packages()
    assert differences(packages, TRUSTED | {PUBLIC: "a public witness"}) == []
    assert differences(packages[:2], {}) == []
    assert differences(packages[:2], {PUBLIC[:-4] + "AAA=": "no key"}) == []
    told = {name: verify_package(data, TRUSTED).verdict for name, data in packages}
    assert (told["both"], told["ours spoiled"], told["theirs spoiled"]) == (
        "total-passed",
        "total-failed",
        "total-failed",
    )


def handed_on_packages() -> Packages:
    """Of logs and with witnesses whose key was handed on."""
    new, newer = (SigningKey.generate(letter * 32) for letter in (b"n", b"o"))
    roll = write_roll(Roll(WITNESS.did, 1, 5, "superseded", new.did), WITNESS, new)
    entries = [_note_on("key_rolled", "roll", WITNESS.did, roll)]
    note = _answer(entries, [], [])["checkpoint"].decode()
    lines = {"old": cosign(note, WITNESS.did, WITNESS, 7), "new": cosign(note, WITNESS.did, new, 8)}
    packages = [(name, sealed(_answer(entries, [line], []))) for name, line in lines.items()]
    packages += [
        (f"{name} spoiled", sealed(_answer(entries, [_spoiled_light(line)], []))) for name, line in lines.items()
    ]
    for size, reason in product((1, 3, 9), ("superseded", "key-compromise")):
        own = write_roll(Roll(KEY.did, 1, size, reason, newer.did), KEY, newer)  # type: ignore[arg-type]
        rolled = newer.known_as(follow(KEY.did, (own,)))
        held = _answer([_note_on("key_rolled", "roll", KEY.did, own)], [], [])
        packages += [(f"rolled at {size}, {reason}", seal_package(held, rolled, RELEASED))]
        packages += [(f"the old key, {size}, {reason}", sealed(held))]
    return packages


def test_the_page_agrees_on_keys_that_were_handed_on() -> None:
    packages = handed_on_packages()
    assert differences(packages, TRUSTED) == []
    assert {verify_package(data, TRUSTED).verdict for name, data in packages if "spoiled" in name} == {"total-failed"}


def _spoiled_light(line: SignatureLine) -> SignatureLine:
    return line._replace(signature=line.signature[:-1] + bytes([line.signature[-1] ^ 1]))


@pytest.mark.parametrize("share", [5, pytest.param(1, marks=pytest.mark.soak)])
def test_ml_dsa_of_the_page_is_judged_by_wycheproof(share: int) -> None:
    groups = json.loads((shared_data("wycheproof") / "testvectors_v1/mldsa_44_verify_test.json").read_text())[
        "testGroups"
    ]
    cases = [(group["publicKey"], test) for group in groups for test in group["tests"] if not test.get("ctx")][::share]
    said = said_in_page([{"mlDsa": [key, test["sig"], test["msg"]]} for key, test in cases])
    assert [one for one, (_, test) in zip(said, cases, strict=True) if one != (test["result"] == "valid")] == []
    assert len(cases) * share > 150


def _validated(brought: Files, number: int = 1) -> bytes:
    """The package of a stamped checkpoint that brings this of its authority."""
    key = CertifiedKey(PrivateKey(private("p256", number)), stamping_certificate(number), (ROOT.x509,))
    note = sound().proof.checkpoint.note
    imprint = Imprint("sha256", digest_of(stamped_text(note))("sha256"))
    asked = read_request(write_request(imprint, nonce=1))
    token = Issuer(key, "1.2.3", dt.timedelta(seconds=1)).token(asked, 5, RELEASED)
    line = stamp_line("tsa", token)
    held = {f"validation/{name}": data for name, data in brought.items()}
    return sealed({**files(line), "checkpoint": with_signatures(note, [line]).encode(), **held})


def validated_packages() -> dict[str, Packages]:
    """By the verdict of the step about revocation."""
    root = {"root.cer": ROOT.x509.public_bytes(Encoding.DER)}
    second = dt.timedelta(seconds=1)

    def listed(*revoked: tuple[int, dt.datetime], at: dt.datetime = RELEASED - DAY, **more: object) -> Files:
        return root | {"a.crl": revocation_list(at, *revoked, **more)}  # type: ignore[arg-type]

    rubbish = listed()["a.crl"]
    told: dict[str, dict[str, Files]] = {
        "passed": {
            "nobody": listed(),
            "the root is in the token": {"a.crl": listed()["a.crl"]},
            "somebody else": listed((1002, RELEASED - DAY)),
            "revoked later": listed((1001, RELEASED + second)),
            "a later list": listed(at=RELEASED + DAY),
            "beside what is none": listed() | {"b.crl": rubbish[:-1], "c.cer": b"\x30\x00"},
            "lists for others": listed() | {"lists/x.xml": b"<a/>"},
        },
        "failed": {
            "revoked": listed((1001, RELEASED - DAY)),
            "revoked at that moment": listed((1001, RELEASED.replace(microsecond=0))),
            "revoked with others": listed((1002, RELEASED), (1001, RELEASED - DAY)),
            "too many files": listed() | {f"{n}.cer": b"x" for n in range(64)},
        },
        "indeterminate": {
            "no list": root,
            "too old": listed(at=RELEASED - 8 * DAY),
            "by somebody else": listed(key=private("p256", 50)),
            "none": root | {"a.crl": rubbish[:-1]},
            "turned": root | {"a.crl": rubbish[:-1] + bytes([rubbish[-1] ^ 1])},
        },
    }
    return {verdict: [(name, _validated(brought)) for name, brought in some.items()] for verdict, some in told.items()}


def test_the_page_agrees_on_who_was_revoked() -> None:
    told = validated_packages()
    assert differences([one for some in told.values() for one in some], TRUSTED) == []
    for verdict, some in told.items():
        assert {name: _told(data).get("revocation") for name, data in some} == {name: verdict for name, _ in some}


def test_what_the_page_does_not_read_of_revocation_is_open() -> None:
    """An answer of OCSP, whatever it says, leaves the page unsure."""
    brought = {
        "root.cer": ROOT.x509.public_bytes(Encoding.DER),
        "a.crl": revocation_list(RELEASED - DAY),
        "a.ocsp": b"x",
    }
    (told,) = said_in_page([{"package": base64.b64encode(_validated(brought)).decode(), "trusted": TRUSTED}])
    assert (told["verdict"], told["checks"][-1]) == ("indeterminate", ["revocation", "indeterminate"])
