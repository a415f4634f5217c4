"""What must not be loaded is not loaded, and the message says where and why."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from tegata.model.errors import PackError
from tegata.rules import load_pack
from tests.rules.small_pack import CITE, SAY, rule, small_pack, write


def parameter(*values: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"id": "p", "cite": "Test Act s. 2", "values": list(values)} | changes


ONE = {"from": "2020-01-01", "value": 1}
DENY = rule("r", "deny", "consent.given")


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("consent.givn", "did you mean `consent.given`? (column 1)"),
        ("consent.given and nothing", "there is no definition `nothing` (column 19)"),
        ("data.precision_m > param.q", "there is no parameter `q` (column 20)"),
        ('recipient.located_in == "XX"', "`XX` is never a value here (country) (column 25)"),
        ('data.form == "secret"', "`secret` is never a value here (enum) (column 14)"),
        ('has(data.categories, "helth")', "a category belongs here (column 22)"),
        ("data.precision_m", "this is not a condition (column 1)"),
        ("data.precision_m and consent.given", "number stands where bool belongs (column 1)"),
        ("consent.given > consent.explicit", "bool stands where number belongs (column 1)"),
        ('consent.given == "yes"', "text stands where bool belongs (column 18)"),
        ("known(param.q)", "there is no parameter `q`"),
        ("consent.given and", "`the end` stands where `a value` was expected (column 18)"),
        ("consent.given ? true", "`?` is not understood here (column 15)"),
        ("as_of > 2025-02-30", "`2025-02-30` is no date (column 9)"),
        ("sum(data.categories)", "there is no function `sum` (column 1)"),
        ("count(data.categories, data.categories) > 1", "`count` takes 1 arguments (column 1)"),
        ("(" * 100 + "true" + ")" * 100, "nested too deeply"),
        ("not " * 100 + "true", "nested too deeply"),
        ("true or " * 600 + "true", "the expression is too long"),
    ],
)
def test_an_expression_that_means_nothing_is_refused_with_its_column(when: str, said: str) -> None:
    with pytest.raises(PackError) as error:
        small_pack([rule("r", "deny", when)])
    assert "`r` in `rules.yaml`" in str(error.value)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"parameters": [parameter(ONE, cite=" ")]}, "it cites no provision"),
        ({"parameters": [parameter()]}, "it has no value"),
        ({"parameters": [parameter({**ONE, "until": "2021-01-02"}, {"from": "2021-01-01", "value": 2})]}, "overlap"),
        ({"parameters": [parameter(ONE, {"from": "2021-01-01", "value": 2})]}, "overlap"),
        ({"parameters": [parameter({**ONE, "until": "2019-01-01"})]}, "overlap"),
        (
            {"parameters": [parameter({**ONE, "until": "2021-01-01"}, {"from": "2021-01-01", "value": "two"})]},
            "different types",
        ),
        ({"parameters": [parameter({**ONE, "value": {"helth": 1}})]}, "['helth'] are no categories"),
        ({"parameters": [parameter(ONE), parameter(ONE)]}, "`p` stands twice"),
        (
            {"definitions": [{"id": "d", "cite": "s. 3", "when": "e"}, {"id": "e", "cite": "s. 3", "when": "not d"}]},
            "itself",
        ),
        ({"definitions": [{"id": "d", "cite": "s. 3"}]}, "either `when` or `value`"),
        ({"definitions": [{"id": "d.e", "cite": "s. 3", "when": "true"}]}, "not a plain name"),
        ({"definitions": [{"id": "d", "cite": "s. 3", "when": "count(data.categories)"}]}, "not a condition"),
        ({"levers": [{"id": "l", "fact": "consent.givn", "to": True, "say": SAY}]}, "no fact called `consent.givn`"),
        ({"levers": [{"id": "l", "fact": "consent.given", "to": "yes", "say": SAY}]}, "cannot be `yes`"),
        ({"levers": [{"id": "l", "fact": "subjects.persons", "to": {"cap": "q"}, "say": SAY}]}, "no parameter `q`"),
    ],
)
def test_a_part_that_contradicts_itself_is_refused(content: dict[str, Any], said: str) -> None:
    with pytest.raises(PackError) as error:
        small_pack([DENY], **content)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([DENY, DENY], "`r` stands twice"),
        ([rule("r", "deny", "true", overrides=["s"])], "there is no rule `s`"),
        (
            [rule("r", "deny", "true", overrides=["s"]), rule("s", "allow", "true", overrides=["r"])],
            "depends on itself",
        ),
        ([rule("r", "deny", "true", cite=[])], "it cites no provision"),
        ([rule("r", "deny", "true", status="law")], "no status `law`"),
        ([rule("r", "forbid", "true")], "Invalid enum value"),
        ([rule("r", "deny", "true", sanction=1)], "unknown field `sanction`"),
    ],
)
def test_rules_that_cannot_stand_together_are_refused(rules: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(PackError) as error:
        small_pack(rules)
    assert said in str(error.value)


def test_a_rule_may_not_outlive_the_parameters_that_it_uses() -> None:
    parameters = [parameter({**ONE, "until": "2025-01-01"})]
    with pytest.raises(PackError, match="has no value on some day"):
        small_pack([rule("r", "deny", "data.precision_m > param.p")], parameters=parameters)
    ended = rule("r", "deny", "data.precision_m > param.p", until="2025-01-01")
    assert small_pack([ended], parameters=parameters).edition(dt.date(2024, 1, 1)).rules


def test_folders_and_files_that_are_no_pack(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="is not a rule pack"):
        load_pack(tmp_path)
    write(tmp_path, [DENY])
    (tmp_path / "rules.yaml").write_text("- &a {id: r}\n- *a\n")
    with pytest.raises(PackError, match="anchor, alias or tag"):
        load_pack(tmp_path)
    (tmp_path / "rules.yaml").unlink()
    with pytest.raises(PackError, match=r"rules\.yaml"):
        load_pack(tmp_path)


def test_the_digest_is_over_the_bytes_of_every_file(tmp_path: Path) -> None:
    first = load_pack(write(tmp_path, [DENY]))
    assert load_pack(write(tmp_path, [DENY])).digest == first.digest
    (tmp_path / "rules.yaml").write_bytes((tmp_path / "rules.yaml").read_bytes() + b"\n")
    assert load_pack(tmp_path).digest != first.digest
    assert first.files.rules[0].cite[0].ref == CITE[0]["ref"]
