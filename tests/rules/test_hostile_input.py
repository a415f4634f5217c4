"""Input made to break: every file is refused in words, within a second or so, and without a traceback."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Any

import pytest

from tegata.model.errors import FactError, PackError, TegataError
from tegata.rules import load_pack, read_flow
from tests.rules.small_pack import rule, write

DENY = rule("r", "deny", "consent.given")
SECONDS = 8  # what takes much longer here has no bound


def refused(folder: Path) -> PackError:
    started = time.thread_time()
    with pytest.raises(PackError) as error:
        load_pack(folder)
    assert time.thread_time() - started < SECONDS
    assert all(error.value.parts("ja")[:1])
    return error.value


def definitions(count: int, template: str) -> list[dict[str, Any]]:
    """A chain: each rests on the one before it."""
    first = {"id": "d0", "cite": "s. 1", "when": "consent.given"}
    return [first] + [{"id": f"d{n}", "cite": "s. 1", "when": template.format(f"d{n - 1}")} for n in range(1, count)]


@pytest.mark.parametrize("count", [60, 2000])
@pytest.mark.parametrize("template", ["not {0}", "({0} and mechanism.scc) or ({0} and mechanism.bcr)"])
def test_a_chain_of_definitions_that_nobody_could_follow_is_refused(tmp_path: Path, count: int, template: str) -> None:
    chain = definitions(count, template)
    error = refused(write(tmp_path, [rule("r", "deny", f"d{count - 1}")], definitions=chain))
    assert "rests on" in str(error)


def test_a_short_chain_is_followed(tmp_path: Path) -> None:
    chain = definitions(20, "({0} and mechanism.scc) or ({0} and mechanism.bcr)")
    assert load_pack(write(tmp_path, [rule("r", "deny", "d19")], definitions=chain)).files.definitions


@pytest.mark.parametrize(
    "text",
    [
        "&a [*a]",
        "a: &x [1]\nb: *x",
        "!!python/object/apply:os.system [ls]",
        "[" * 5000,
        "{a: " * 3000,
        "- " * 3000 + "x",
        "a: 1\na: 2",
        "? [a, b]\n: c",
        "--- a\n--- b",
        "\x00",
        "x: " + "9" * 5000,
        "x: 2026-02-30",
        "x: 1" + "0" * 400 + ".5",
        "x: -.inf",
    ],
)
def test_yaml_made_to_break_is_refused_in_flows_and_packs(tmp_path: Path, text: str) -> None:
    with pytest.raises(TegataError):
        read_flow(text.encode("utf-8"))
    folder = write(tmp_path, [DENY])
    (folder / "parameters.yaml").write_text(text, "utf-8")
    refused(folder)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("recipient.located_in: Germny", "recipient.located_in"),
        ("recipient.located_in: jp", "`JP`"),
        ("recipient.locatd_in: JP", "did you mean `recipient.located_in`"),
        ("data.categories: [helth]", "did you mean `health`"),
        ("subjects.persons: {helth: 3}", "did you mean `health`"),
        ("subjects.persons: {health: -1}", "subjects.persons"),
        ("subjects.persons: {health: 1.5}", "subjects.persons"),
        ("subjects.us_devices: 9999999999999999999999", "subjects.us_devices"),
        ("data.precision_m: -1", "data.precision_m"),
        ("recipient.owned_by_covered_pct: 100.1", "lies between 0 and 100"),
        ("transaction.stake_percent: -1", "transaction.stake_percent"),
        ("as_of: 2026-13-01", "`2026-13-01` is no date (line 1, column 8)"),
        ("as_of: 20260101", "as_of"),
        ("known_on: tomorrow", "known_on"),
        ("data.personal: maybe", "data.personal"),
        ("consent: yes", "consent"),
        ("recipient: [JP]", "recipient"),
    ],
)
def test_a_slip_in_a_flow_names_the_fact_and_what_was_meant(text: str, named: str) -> None:
    with pytest.raises(FactError) as error:
        read_flow(text.encode())
    assert named in str(error.value)


@pytest.mark.parametrize(
    "when",
    [
        "true " + "and true " * 440,
        "(" * 38 + "consent.given" + ")" * 38,
        'data.collected_in within ["' + '", "'.join(["JP"] * 500) + '"]',
    ],
)
def test_long_and_deep_expressions_within_the_limits_are_judged(tmp_path: Path, when: str) -> None:
    assert load_pack(write(tmp_path, [rule("r", "deny", when)])).files.rules


@pytest.mark.parametrize(
    "when",
    ["9" * 3000 + " > data.precision_m", "data.precision_m > 0." + "9" * 3000, 'data.form == "' + "x" * 3000 + '"'],
)
def test_huge_literals_are_read_or_refused_but_never_hang(tmp_path: Path, when: str) -> None:
    started = time.thread_time()
    with contextlib.suppress(PackError):
        load_pack(write(tmp_path, [rule("r", "deny", when)]))
    assert time.thread_time() - started < SECONDS


def test_many_rules_over_many_ranges_of_a_number_are_refused_in_time(tmp_path: Path) -> None:
    rules = [rule(f"r{n}", "deny", f"data.precision_m > {n} and mechanism.scc") for n in range(1000)]
    assert "too many facts in too many ways" in str(refused(write(tmp_path, rules)))
