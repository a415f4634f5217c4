"""Each step of verification: a passport that breaks it and nothing else is caught by it and by nothing else."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.log import EMPTY_ROOT, sign_checkpoint
from tegata.model.base import encode, pretty, sha256
from tegata.model.decision import Outcome
from tegata.model.errors import UsageError, VerificationError
from tegata.model.evidence import Passport, Verification
from tegata.trust import PASSPORT_TYP, open_passport, seal, sign_jws, verify_passport
from tests.shared_data import shared_data
from tests.trust.samples import (
    AT_HAND,
    DATA,
    FIELDS,
    KEY,
    OTHER,
    RELEASED,
    TRUSTED,
    but,
    logged,
    release_entry,
    sound,
)

STEPS = ["form", "issuer key", "signature", "issuer", "log entry", "inclusion", "checkpoint", "data", "dates"]
STEPS += ["decision", "obligations"]
SOUND = sound()
SEALED = seal(SOUND, KEY)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _verify(text: str) -> Verification:
    return verify_passport(text, AT_HAND, TRUSTED)


def _signed(passport: Passport) -> str:
    """Signed without the checks of `seal`."""
    return sign_jws(encode(passport), KEY, typ=PASSPORT_TYP)


def _not_passed(result: Verification) -> dict[str, str]:
    return {check.name: check.verdict for check in result.checks if check.verdict != "passed"}


def test_a_sound_passport_passes_every_step_in_order() -> None:
    result = _verify(SEALED)
    assert result.verdict == "total-passed"
    assert [check.name for check in result.checks] == STEPS
    assert result.passport == SOUND
    assert all(check.say.en and check.say.ja for check in result.checks)


def test_opening_gives_back_what_was_sealed() -> None:
    assert open_passport(SEALED) == SOUND


def test_only_the_provider_seals() -> None:
    with pytest.raises(UsageError):
        seal(SOUND, OTHER)


def _entry_says(**changes: Any) -> Passport:
    entry = release_entry(FIELDS)
    return sound(entry=but(entry, body=entry.body | changes))


def _stale_checkpoint() -> Passport:
    """The signed note is of an earlier size than the root beside it."""
    checkpoint = SOUND.proof.checkpoint
    return sound(proof=but(SOUND.proof, checkpoint=but(checkpoint, note=logged(SOUND.entry, after=0).checkpoint.note)))


def _checkpoint_by_another_key() -> Passport:
    checkpoint = SOUND.proof.checkpoint
    forged = sign_checkpoint(KEY.did, checkpoint.size, EMPTY_ROOT, OTHER)
    return sound(proof=but(SOUND.proof, checkpoint=but(checkpoint, note=forged.note)))


def _pack_says(outcome: Outcome) -> Passport:
    return sound(packs=(but(SOUND.packs[0], outcome=outcome),))


def _decided(outcome: Outcome) -> Passport:
    return sound(outcome=outcome, packs=(but(SOUND.packs[0], outcome=outcome),))


NEXT_DAY = dt.date(2026, 11, 26)
UNMET = but(SOUND.obligations[0], met=False)
VIOLATIONS: list[tuple[str, str, Callable[[], str]]] = [
    ("form", "white space", lambda: sign_jws(pretty(SOUND), KEY, typ=PASSPORT_TYP)),
    ("form", "version", lambda: _signed(sound(version="tegata-passport/2"))),
    ("form", "type", lambda: sign_jws(encode(SOUND), KEY, typ="JWT")),
    ("form", "digest", lambda: _signed(sound(source_digest="sha256:short"))),
    ("form", "no offset from UTC", lambda: _signed(sound(issued_at=RELEASED.replace(tzinfo=None)))),
    ("form", "no passport", lambda: sign_jws(b"{}", KEY, typ=PASSPORT_TYP)),
    ("form", "no JWS", lambda: "no passport at all"),
    ("issuer key", "no key", lambda: _signed(sound(provider="did:web:example.com"))),
    ("signature", "another key", lambda: sign_jws(encode(SOUND), OTHER, typ=PASSPORT_TYP)),
    ("signature", "no signature", lambda: SEALED.rpartition(".")[0] + "."),
    ("log entry", "data", lambda: _signed(_entry_says(data_digest=sha256(b"other")))),
    ("log entry", "size", lambda: _signed(_entry_says(data_size=1))),
    ("log entry", "decision", lambda: _signed(_entry_says(decision_digest=sha256(b"other")))),
    ("log entry", "agreement", lambda: _signed(_entry_says(agreement_digest=sha256(b"other")))),
    ("log entry", "recipient", lambda: _signed(_entry_says(recipient=OTHER.did))),
    ("log entry", "kind", lambda: _signed(sound(entry=but(SOUND.entry, kind="decision")))),
    ("log entry", "transfer", lambda: _signed(sound(entry=but(SOUND.entry, subject="urn:uuid:other")))),
    ("inclusion", "another entry", lambda: _signed(sound(entry=but(SOUND.entry, salt="other"), proof=SOUND.proof))),
    ("inclusion", "position", lambda: _signed(sound(proof=but(SOUND.proof, index=4)))),
    ("inclusion", "no hash", lambda: _signed(sound(proof=but(SOUND.proof, hashes=("AAAA",))))),
    ("inclusion", "too short", lambda: _signed(sound(proof=but(SOUND.proof, hashes=())))),
    ("checkpoint", "stale", lambda: _signed(_stale_checkpoint())),
    ("checkpoint", "another key", lambda: _signed(_checkpoint_by_another_key())),
    ("checkpoint", "another name", lambda: _signed(sound(proof=logged(SOUND.entry, origin="example.com/log")))),
    ("checkpoint", "another log", lambda: _signed(sound(proof=logged(SOUND.entry, key=OTHER)))),
    ("dates", "issued early", lambda: _signed(sound(issued_at=RELEASED - dt.timedelta(microseconds=1)))),
    ("dates", "act later", lambda: _signed(sound(as_of=NEXT_DAY))),
    ("dates", "knowledge later", lambda: _signed(sound(known_on=NEXT_DAY))),
    ("decision", "deny", lambda: _signed(_decided(Outcome.DENY))),
    ("decision", "needs info", lambda: _signed(_decided(Outcome.NEEDS_INFO))),
    ("decision", "human review", lambda: _signed(_decided(Outcome.HUMAN_REVIEW))),
    ("decision", "stricter pack", lambda: _signed(_pack_says(Outcome.DENY))),
    ("obligations", "unmet", lambda: _signed(sound(obligations=(*SOUND.obligations, UNMET)))),
    ("obligations", "none told", lambda: _signed(sound(obligations=()))),
]


@pytest.mark.parametrize(("step", "make"), [pytest.param(s, m, id=f"{s}: {why}") for s, why, m in VIOLATIONS])
def test_a_violation_fails_its_own_step_and_no_other(step: str, make: Callable[[], str]) -> None:
    result = _verify(make())
    assert result.verdict == "total-failed"
    assert _not_passed(result) == {step: "failed"}
    assert result.checks[-1].say.en
    assert (result.passport is None) == (step in STEPS[:3])


def test_data_that_differs_fails_the_data_step() -> None:
    digest, size = AT_HAND
    for data in ((sha256(b"other"), size), (digest, size + 1), (digest.upper(), size), ("", 0)):
        result = verify_passport(SEALED, data, TRUSTED)
        assert (result.verdict, _not_passed(result)) == ("total-failed", {"data": "failed"})


def test_what_the_reader_does_not_bring_stays_open() -> None:
    unknown = verify_passport(SEALED, AT_HAND, {OTHER.did: "somebody else"})
    assert (unknown.verdict, _not_passed(unknown)) == ("indeterminate", {"issuer": "indeterminate"})
    alone = verify_passport(SEALED, None, TRUSTED)
    assert (alone.verdict, _not_passed(alone)) == ("indeterminate", {"data": "indeterminate"})


def test_one_failure_outweighs_what_is_open() -> None:
    assert verify_passport(_signed(sound(as_of=NEXT_DAY)), None, {}).verdict == "total-failed"


def test_every_step_has_a_violation_above() -> None:
    assert {step for step, _, _ in VIOLATIONS} | {"issuer", "data"} == set(STEPS)


def test_a_day_that_has_begun_in_the_far_east_is_not_too_early() -> None:
    noon = dt.datetime(2026, 11, 25, 10, 0, tzinfo=dt.UTC)  # already the 26th at UTC+14, not yet anywhere else
    entry = but(SOUND.entry, at=noon)
    assert _verify(_signed(sound(entry=entry, issued_at=noon, as_of=NEXT_DAY))).verdict == "total-passed"
    early = but(entry, at=noon - dt.timedelta(microseconds=1))
    assert _not_passed(_verify(_signed(sound(entry=early, issued_at=noon, as_of=NEXT_DAY)))) == {"dates": "failed"}


def test_a_passport_resealed_by_somebody_else_rests_on_a_log_that_is_not_theirs() -> None:
    stolen = seal(but(SOUND, provider=OTHER.did), OTHER)
    result = verify_passport(stolen, AT_HAND, TRUSTED | {OTHER.did: "thief"})
    assert (result.verdict, _not_passed(result)) == ("total-failed", {"checkpoint": "failed"})


def test_no_entry_or_proof_fits_another_passport() -> None:
    passports = [sound(transfer=f"urn:uuid:{n}", entry=None, proof=None) for n in range(6)]
    for one in passports:
        for two in passports:
            mixed = [but(one, entry=two.entry), but(one, proof=two.proof), but(one, entry=two.entry, proof=two.proof)]
            verdicts = {_verify(_signed(passport)).verdict for passport in mixed}
            assert verdicts == {"total-passed" if one is two else "total-failed"}


def _mutants() -> list[str]:
    """Every letter replaced, doubled and left out once, every dot moved, and every beginning of the text."""
    rng = random.Random(1)
    mutants = [SEALED[:at] + rng.choice(LETTERS) + SEALED[at + 1 :] for at in range(len(SEALED))]
    mutants += [SEALED[:at] + SEALED[at:][:1] + SEALED[at:] for at in range(0, len(SEALED), 3)]
    mutants += [SEALED[:at] + SEALED[at + 1 :] for at in range(0, len(SEALED), 3)]
    mutants += [SEALED[:at] for at in range(0, len(SEALED), 7)]
    mutants += [SEALED[:at] + "." + SEALED[at + 1 :] for at in range(0, len(SEALED), 7)]
    mutants += [SEALED + end for end in ("=", "==", "A", ".", " ", "\n", "\x00")] + ["\ufeff" + SEALED, " " + SEALED]
    last = SEALED[-1]
    mutants += [SEALED[:-1] + letter for letter in LETTERS if letter != last]  # trailing bits that decode to the same
    return [mutant for mutant in mutants if mutant != SEALED]


def test_no_mutated_passport_passes() -> None:
    mutants = _mutants()
    assert len(mutants) > 7000
    assert [mutant for mutant in mutants if _verify(mutant).verdict != "total-failed"] == []


@settings(deadline=None)
@given(st.integers(0, 8 * len(DATA) - 1))
def test_any_changed_bit_of_the_data_fails(bit: int) -> None:
    changed = bytearray(DATA)
    changed[bit // 8] ^= 1 << bit % 8
    assert verify_passport(SEALED, (sha256(bytes(changed)), len(changed)), TRUSTED).verdict == "total-failed"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, inner in items for found in _paths(inner, (*path, key)))]


PATHS = _paths(json.loads(encode(SOUND)))[1:]


@settings(deadline=None, max_examples=400)
@given(path=st.sampled_from(PATHS), value=JSON)
def test_a_provider_may_sign_any_nonsense_and_gets_an_answer(path: tuple[Any, ...], value: Any) -> None:
    document = json.loads(encode(SOUND))
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    payload = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    result = _verify(sign_jws(payload.encode(errors="surrogatepass"), KEY, typ=PASSPORT_TYP))
    assert result.verdict in ("total-passed", "total-failed", "indeterminate")


@pytest.mark.parametrize("hours", [-23, 0, 23])
@pytest.mark.parametrize(("day", "time"), [(dt.date.min, dt.time.min), (dt.date.max, dt.time.max)])
def test_the_ends_of_time_get_an_answer(day: dt.date, time: dt.time, hours: int) -> None:
    moment = dt.datetime.combine(day, time, dt.timezone(dt.timedelta(hours=hours)))
    entry = but(SOUND.entry, at=moment)
    result = _verify(_signed(sound(entry=entry, issued_at=moment, as_of=day, known_on=day)))
    assert result.verdict in ("total-passed", "total-failed")


@settings(deadline=None)
@given(st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    assert _verify(text).verdict == "total-failed"


def test_hostile_json_gets_an_answer() -> None:
    files = sorted(file for file in (shared_data("jsonparsing") / "test_parsing").iterdir() if file.is_file())
    assert len(files) > 300
    deep = encode(SOUND).replace(b'"n":3', b'"n":' + b"[" * 100_000)
    extra = [deep, b"[" * 100_000, b'{"a":' * 100_000, b'{"version":' + b"9" * 100_000 + b"}", b'{"title":"\\ud800"}']
    for payload in [*(file.read_bytes() for file in files), *extra]:
        result = _verify(sign_jws(payload, KEY, typ=PASSPORT_TYP))
        assert _not_passed(result) == {"form": "failed"}
        assert result.passport is None


def test_what_a_stranger_wrote_cannot_reach_the_terminal_as_an_escape() -> None:
    verb = "\x1b[2J\u202e" + "x" * 1000
    unmet = but(UNMET, condition=but(UNMET.condition, verb=verb))
    say = _verify(_signed(sound(obligations=(unmet,)))).checks[-1].say
    assert say.en.isprintable()
    assert say.ja.isprintable()
    assert len(say.en) < 100


def test_opening_refuses_what_is_malformed() -> None:
    with pytest.raises(VerificationError, match="malformed"):
        open_passport(sign_jws(encode(SOUND) + b" ", KEY, typ=PASSPORT_TYP))
    repeated = encode(SOUND).replace(b'"version"', b'"version":"other","version"')
    with pytest.raises(VerificationError, match="fixed form"):
        open_passport(sign_jws(repeated, KEY, typ=PASSPORT_TYP))
