"""Ready plans: what each clause asks is done to the bytes, whatever columns a table has."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.categories import CATEGORIES, under
from tegata.model.errors import InputError
from tegata.model.plan import ProtectionPlan
from tegata.model.profile import ColumnProfile, Profile
from tegata.model.step import Drop, Keep, Pseudonymise, SuppressRare, Telling
from tegata.protect import apply_plan, plan_by, read_plan, ready_plan, ready_plans
from tegata.scan import SecondLook, scan
from tegata.scan.load import builtin_recognisers
from tegata.tables import open_source
from tests.protect.tables import KEY

REGISTER = Path(__file__).parents[2] / "examples" / "register.csv"


@pytest.fixture(scope="module")
def profile() -> Profile:
    return scan(open_source(REGISTER))


def of_every_kind(profile: Profile) -> Profile:
    """A table with a column for each thing that a scan recognises, and one of which nothing is known."""
    some = profile.columns[0]
    kinds = [(r.id, r.id, r.category) for r in builtin_recognisers().recognisers] + [("unknown", "", "ordinary")]
    columns = tuple(
        msgspec.structs.replace(some, name=name, recogniser=kind, category=category, finds=())
        for name, kind, category in kinds
    )
    return msgspec.structs.replace(profile, columns=columns)


def by_column(plan: ProtectionPlan, profile: Profile) -> dict[ColumnProfile, object]:
    steps = {step.column: step for step in plan.steps}
    rest = Drop if plan.otherwise == "drop" else Keep
    return {column: steps.get(column.name, rest(column=column.name)) for column in profile.columns}


@pytest.mark.parametrize("name", ready_plans())
def test_all_that_a_plan_selects_is_known_to_the_scan(name: str) -> None:
    known = {r.id for r in builtin_recognisers().recognisers} | set(CATEGORIES)
    for clause in ready_plan(name).clauses:
        ways = clause.anonymity.hierarchies if clause.anonymity else ()
        heads = {head for way in ways for head in way.recognisers}
        for asked in clause.conditions:
            heads |= {*asked.params.get("categories", ()), *asked.params.get("recognisers", ())}
        assert all(any(under(one, (head,)) for one in known) for head in heads)


@pytest.mark.parametrize("name", ready_plans())
def test_no_direct_identifier_and_no_code_leaves_as_it_is(name: str, profile: Profile) -> None:
    table = of_every_kind(profile)
    meaning = {"person.birth_date", "person.age", "postal_code.jp", "postal_code.any"}
    for column, step in by_column(plan_by(ready_plan(name), table), table).items():
        if under(
            column.category, ("identifier.contact", "identifier.government", "identifier.auth", "biometric", "omic")
        ):
            assert isinstance(step, Drop | Pseudonymise) or column.recogniser in meaning, column.recogniser
        if under(column.recogniser, ("geo",)) and under(column.category, ("geo.precise",)):
            assert not isinstance(step, Keep) or name == "appi-pseudonymised"


def test_anonymised_information_has_no_code_that_links_and_no_unknown_column(profile: Profile) -> None:
    table = of_every_kind(profile)
    plan = plan_by(ready_plan("appi-anonymised"), table)
    steps = by_column(plan, table)
    assert not any(isinstance(step, Pseudonymise) for step in plan.steps)
    assert plan.anonymity is not None
    demanded = {quasi.column for quasi in plan.anonymity.quasi_identifiers} | set(plan.anonymity.sensitive)
    assert {column.name for column, step in steps.items() if isinstance(step, Telling)} == demanded


@pytest.mark.parametrize("name", ["appi-anonymised", "cisa-data-level"])
def test_what_leaves_is_what_the_clauses_say(name: str, profile: Profile, tmp_path: Path) -> None:
    source = open_source(REGISTER)
    plan = plan_by(ready_plan(name), profile, keep=("ward",))
    with SecondLook(source.columns, plan, profile) as look:
        release = apply_plan(source, plan, tmp_path / "out.csv", key=KEY, gate=look)
    before, after = (pl.read_csv(path, infer_schema=False) for path in (REGISTER, tmp_path / "out.csv"))
    assert plan.anonymity is not None
    groups = after.group_by([quasi.column for quasi in plan.anonymity.quasi_identifiers]).len()
    assert groups["len"].min() == release.report.k
    assert (release.report.k or 0) >= 10
    assert "ward" in plan.anonymity.sensitive
    left = set(after.unpivot()["value"].drop_nulls())
    for gone in ("氏名", "phone", "email", "my_number", "ssn", "card_number", "patient_id", "住所"):
        assert left.isdisjoint(before[gone].drop_nulls())
    assert {met.clause: met.columns for met in plan.meets}[plan.because["ssn"]]


def test_a_plan_that_was_saved_is_the_same_plan(profile: Profile) -> None:
    plan = plan_by(ready_plan("appi-anonymised"), profile)
    assert read_plan(msgspec.json.encode(plan)) == plan


def test_what_a_clause_takes_away_cannot_be_kept(profile: Profile) -> None:
    for keep, what in (("ssn", "34-2"), ("birth_date", "34-1"), ("wrad", "ward")):
        with pytest.raises(InputError) as refused:
            plan_by(ready_plan("appi-anonymised"), profile, keep=(keep,))
        assert what in f"{refused.value.why} {refused.value.hint}"
    with pytest.raises(InputError, match="no ready plan"):
        ready_plan("../plan")


@settings(deadline=None, max_examples=40)
@given(
    values=st.lists(st.sampled_from(["a", "b", "ｂ", "*", "c", None]), min_size=1, max_size=60), least=st.integers(2, 9)
)
def test_no_value_leaves_that_few_records_have(
    values: list[str | None], least: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("rare")
    pl.DataFrame({"id": list(map(str, range(len(values)))), "v": values}).write_csv(folder / "in.csv")
    plan = ProtectionPlan(steps=(SuppressRare(column="v", least=least),))
    apply_plan(open_source(folder / "in.csv"), plan, folder / "out.csv", key=KEY)
    made = pl.read_csv(folder / "out.csv", infer_schema=False)["v"].to_list()
    counts = Counter(values)
    assert made == [v if v is None or counts[v] >= least else "*" for v in values]


def test_rare_values_are_counted_among_those_that_may_leave(tmp_path: Path) -> None:
    """Three records have `x`, but only two people may leave: what is left of it is rare."""
    pl.DataFrame({"id": list("abcd"), "v": ["x", "y", "x", "x"]}).write_csv(tmp_path / "in.csv")
    plan = ProtectionPlan(steps=(SuppressRare(column="v", least=2),), cap_subjects=2, subject_key=("id",))
    apply_plan(open_source(tmp_path / "in.csv"), plan, tmp_path / "out.csv", key=KEY)
    assert pl.read_csv(tmp_path / "out.csv")["v"].to_list() == ["*", "*"]


def test_too_many_values_to_count_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.protect.risk.MAX_CLASSES", 50)
    pl.DataFrame({"v": list(map(str, range(99))), "w": ["x"] * 99}).write_csv(tmp_path / "in.csv")
    plan = ProtectionPlan(steps=(SuppressRare(column="v"),))
    with pytest.raises(InputError, match="rare values of `v`"):
        apply_plan(open_source(tmp_path / "in.csv"), plan, tmp_path / "out.csv", key=KEY)
    assert not (tmp_path / "out.csv").exists()
