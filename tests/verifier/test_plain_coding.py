"""The reading of JSON without a library takes, refuses and writes what the other does, byte by byte."""

from __future__ import annotations

import base64
import functools
import json
import operator
import random
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tegata.log import find_fork, sign_checkpoint
from tegata.model import coding
from tegata.model.base import encode
from tegata.model.nesting import MAX_DEPTH
from tegata.trust.package import PACKAGE_VERSION, Head
from tegata.verifier import plain_coding
from tests.trust.samples import KEY, sound
from tests.trust.test_page import VALUES
from tests.verifier.conftest import said_alone
from tests.verifier.many import converted, decoded

FORK = find_fork(*(sign_checkpoint(KEY.did, 7, bytes([n]) * 32, KEY) for n in (1, 2)), ())
DOCUMENTS = {
    "tegata.model.evidence.Passport": encode(sound()),
    "tegata.model.evidence.Entry": encode(sound().entry),
    "tegata.trust.package.Head": encode(Head(version=PACKAGE_VERSION, origin=KEY.did, rolls=("x",))),
    "tegata.log.Fork": encode(FORK),
}
FLOATS = (-0.0, 1e-4, 1.5e-5, 9.99e-6, 1e15, 9007199254740993.0, 1e16, 1.7976931348623157e308)
TIMES = (
    *("2026-11-25T01:02:03", "2026-11-25T01:02:03-00:00", "2026-11-25T01:02:03.5Z", "2026-11-25T24:00:00Z"),
    *("2026-11-25T01:02:03+23:59", "2026-11-25T01:02:03+24:00", "2026-11-25 01:02:03Z", "0001-01-01T00:00:00+14:00"),
    *("2026-11-25t01:02:03z", "20261125T010203Z", "２０２６-11-25", "2026-W01-1", "2026-330", "9999-12-31T23:59:59Z"),
)
MORE = [*VALUES, *FLOATS, *TIMES, 2**63 - 1, 2**64 + 1, 10**40]
NOISE = (b"", b" ", b"1", b'"', b"\\u0041", b",", b"\xff", b"0", b"\\/")


def spelled(value: Any) -> bytes:
    """In the fixed form, as far as anybody's JSON gets there."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode(errors="surrogatepass")


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, one in pairs for place in places(one, (*path, name)))]


def changed(whole: bytes, dice: random.Random) -> bytes:
    """One value replaced, taken out or added, or one byte of the text."""
    if dice.random() < 0.25:
        at = dice.randrange(len(whole))
        return whole[:at] + dice.choice(NOISE) + whole[at + 1 :]
    document = json.loads(whole)
    *path, last = dice.choice(places(document)[1:])
    place = functools.reduce(operator.getitem, path, document)
    if dice.random() < 0.15 and isinstance(place, dict):
        place.pop(last)
    elif dice.random() < 0.15 and isinstance(place, dict):
        place["more"] = dice.choice(MORE)
    else:
        place[last] = dice.choice(MORE)
    return spelled(document)


def cases(seed: int, number: int) -> list[dict[str, Any]]:
    dice = random.Random(seed)
    found = [{"kind": kind, "document": whole} for kind, whole in DOCUMENTS.items()]
    for _ in range(number):
        kind = dice.choice(list(DOCUMENTS))
        found.append({"kind": kind, "document": changed(DOCUMENTS[kind], dice)})
    return [one | {"document": base64.b64encode(one["document"]).decode()} for one in found]


def deep(depth: int) -> dict[str, Any]:
    nested = b"[" * depth + b"1" + b"]" * depth
    document = encode(sound().entry).replace(b'"body":{', b'"body":{"a":' + nested + b",", 1)
    return {"kind": "tegata.model.evidence.Entry", "document": base64.b64encode(document).decode()}


def test_both_take_and_write_the_same_documents(alone: Path, program: Path) -> None:
    given = cases(20261126, 4000)
    said = said_alone(alone, program, "decoded", given)
    expected = [decoded(one) for one in given]
    told = zip(given, expected, said, strict=True)
    assert [(one, ours, theirs) for one, ours, theirs in told if ours != theirs] == []
    assert said[: len(DOCUMENTS)].count(None) == 0
    assert 400 < len([one for one in said if one is not None]) < 3600


def test_both_stop_at_the_same_depth(alone: Path, program: Path) -> None:
    given = [deep(depth) for depth in (1, MAX_DEPTH - 2, MAX_DEPTH - 1, MAX_DEPTH, 900, 5000)]
    said = [one is not None for one in said_alone(alone, program, "decoded", given)]
    assert said == [decoded(one) is not None for one in given] == [True, True, False, False, False, False]


def test_both_say_the_same_of_what_does_not_fit(alone: Path, program: Path) -> None:
    values: list[Any] = [1, 0, 17, -1, True, 2.0, "1", None, [], {}, ["a"], ["a"] * 17, [1], {"a": 1}, 10**30, "a"]
    whole = {"at_least": 1, "of": ["a"], "within_minutes": 5}
    given = [{"value": whole | {name: value}} for name in (*whole, "more") for value in values]
    given += [{"value": {name: value for name, value in whole.items() if name != left}} for left in whole]
    assert said_alone(alone, program, "converted", given) == [converted(one) for one in given]


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = st.recursive(scalars, lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(), one, max_size=4))


@given(anything)
def test_both_write_the_same_bytes(value: Any) -> None:
    assert plain_coding.encode(value) == coding.encode(value)
    assert plain_coding.pretty(value) == coding.pretty(value)


@given(anything)
def test_both_read_what_is_written(value: Any) -> None:
    data = coding.encode(value)
    assert coding.encode(coding.read(data)) == plain_coding.encode(plain_coding.read(data))


def test_both_have_the_same_names() -> None:
    assert plain_coding.__all__ == coding.__all__
