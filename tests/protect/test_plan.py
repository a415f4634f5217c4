"""Plans as documents."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tegata.model.base import encode, pretty
from tegata.model.errors import InputError
from tegata.model.plan import Grid, KAnonymity, ProtectionPlan, QuasiIdentifier, Taxonomy
from tegata.model.step import Drop, EncryptFpe, Generalise, Keep, Mask, Pseudonymise, RoundLocation
from tegata.protect import read_plan

PLAN = ProtectionPlan(
    steps=(
        Drop(column="氏名"),
        Keep(column="b"),
        Mask(column="c", show_last=4),
        Pseudonymise(column="d"),
        EncryptFpe(column="g", alphabet="upper"),
        Generalise(column="e", to="first_chars", n=3),
        RoundLocation(column="f", min_error_m=1000.0),
    ),
    otherwise="drop",
    cap_subjects=100,
    subject_key=("d",),
    because={"氏名": "house.1"},
    anonymity=KAnonymity(
        k=5,
        quasi_identifiers=(
            QuasiIdentifier(column="b", hierarchy=Taxonomy(parents={"Kyoto": "Kansai"})),
            QuasiIdentifier(column="e"),
            QuasiIdentifier(column="f", hierarchy=Grid(min_errors_m=(5000.0,))),
        ),
        max_suppressed=0.1,
    ),
)


def test_json_and_yaml() -> None:
    assert read_plan(encode(PLAN)) == read_plan(pretty(PLAN)) == PLAN
    text = """
    # what is to be done
    steps:
      - {op: drop, column: 氏名}
      - {op: keep, column: b}
      - {op: mask, column: c, show_last: 4}
      - {op: pseudonymise, column: d}
      - {op: encrypt_fpe, column: g, alphabet: upper}
      - {op: generalise, column: e, to: first_chars, n: 3}
      - {op: round_location, column: f, min_error_m: 1000}
    otherwise: drop
    cap_subjects: 100
    subject_key: [d]
    because: {氏名: house.1}
    anonymity:
      k: 5
      max_suppressed: 0.1
      quasi_identifiers:
        - {column: b, hierarchy: {by: taxonomy, parents: {Kyoto: Kansai}}}
        - {column: e}
        - {column: f, hierarchy: {by: grid, min_errors_m: [5000]}}
    """
    assert read_plan(text.encode()) == PLAN
    assert read_plan(b"\xef\xbb\xbf" + text.encode()) == PLAN


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "Expected `object`"),
        (b"[]", "Expected `object`"),
        (b"\xff", "UTF-8"),
        (b"steps: [", "line"),
        (b"{", "line 2"),
        (b"otherwise: keep", "missing required field `steps`"),
        (b"steps: []\nextra: 1", "unknown field `extra`"),
        (b"steps: [{op: burn, column: a}]", "burn"),
        (b"steps: [{op: drop, column: 1}]", "Expected `str`"),
        (b"steps: [{op: drop, column: a, n: 1}]", "unknown field `n`"),
        (b"steps: [{op: drop, column: a}, {op: keep, column: a}]", "2 steps name it"),
        (b"steps: [{op: mask, column: a, show_last: -1}]", "negative"),
        (b"steps: []\nsteps: []", "`steps` stands twice"),
        (b'{"steps": [], "steps": []}', "`steps` stands twice"),
        (b"steps: &a []\nbecause: *a", "anchor"),
        (b"steps: !!python/object/apply:os.system [x]", "tag"),
        (b"steps: []\n---\nsteps: []", "another document"),
        (b"[" * 100_000, "maximum nesting depth|deeper"),
        (b'{"steps":' * 100_000, "deeper"),
        (b"#" * (5 << 20), "too large"),
        (b"? [a]\n: 1", "not text"),
    ],
)
def test_what_is_no_plan(data: bytes, expected: str) -> None:
    with pytest.raises(InputError, match=expected) as caught:
        read_plan(data)
    assert caught.value.parts("ja") != caught.value.parts("en")


def test_importing_the_package_does_not_load_the_engine() -> None:
    code = "import sys, tegata.protect; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
