"""Plans for several tables: what counts people counts them over all tables, and k holds in none that can be joined."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import polars as pl
import pytest

from tegata.model.errors import InputError
from tegata.model.plan import KAnonymity, ProtectionPlan, QuasiIdentifier
from tegata.model.profile import Profile, SubjectCount
from tegata.model.step import Drop, Encrypt, EncryptFpe, Keep, Mask, Pseudonymise, Step, Tokenise
from tegata.protect import plans_for
from tegata.protect.cap import Cap
from tegata.protect.dataset import refuse_joined
from tegata.protect.means import Admitted
from tests.protect.tables import column, condition, profile, protect


def table(name: str, key: str = "", *columns: str) -> Profile:
    """Of people where there is a key."""
    counted = [SubjectCount(category="health", n=9, exact=True, key=(key,))] if key else []
    own = [column(key, "health", "medical.mrn")] if key else []
    return msgspec.structs.replace(profile(*own, *map(column, columns), subjects=counted), name=name)


CLINIC = msgspec.structs.replace(
    profile(),
    columns=(),
    tables=(table("register", "patient_id", "town"), table("visits", "patient", "ward"), table("wards", "", "ward")),
)
COUNT_BY = [{"column": "town", "values": ["Kyoto", "Osaka"]}]


def test_a_cap_is_of_all_tables_and_kinds_of_keys_are_one() -> None:
    plans = plans_for([condition("cap_subjects", max=5)], CLINIC)
    told = {name: (plan.cap_subjects, plan.subject_key, plan.subject_kind) for name, plan in plans.items()}
    assert told == {
        "register": (5, ("patient_id",), "medical.mrn"),
        "visits": (5, ("patient",), "medical.mrn"),
        "wards": (None, (), ""),
    }


def test_people_of_all_tables_are_within_the_cap() -> None:
    subjects = set[bytes]()
    frames = {"register": ["a", "b", None], "visits": ["b", "c", "d", None], "stays": ["d", "c", "a"]}
    left = {}
    for name, keys in frames.items():
        cap = Cap(4, ("id" if name == "stays" else "key",), "medical.mrn", Admitted(subjects, name))
        frame = pl.DataFrame({cap._key[0]: pl.Series(keys, dtype=pl.String)})
        left[name] = cap.admit(frame).to_series().to_list()
    assert left == {"register": ["a", "b", None], "visits": ["b", "c"], "stays": ["c", "a"]}


def test_records_of_nobody_are_other_subjects_in_each_table() -> None:
    subjects = set[bytes]()
    frame = pl.DataFrame({"x": ["1", "2"]})
    assert [Cap(3, (), "", Admitted(subjects, name)).admit(frame).height for name in ("one", "two", "one")] == [2, 1, 2]


def test_a_cap_and_k_anonymity_look_twice_at_the_same_people(tmp_path: Path) -> None:
    """The pass that counts and the one that writes let the same records through."""
    columns = {"town": ["Kyoto"] * 30 + ["Osaka"] * 30}
    asked = KAnonymity(k=5, quasi_identifiers=(QuasiIdentifier(column="town"),))
    cells, _ = protect(
        tmp_path, columns, Keep(column="town"), anonymity=asked, cap_subjects=40, admitted=Admitted(set(), "people")
    )
    assert len(cells["town"]) == 40


def test_statistics_are_of_the_one_table_that_has_the_columns() -> None:
    asked = condition("statistics", count_by=COUNT_BY, epsilon=1.0)
    plans = plans_for([asked], CLINIC)
    assert set(plans) == {"register"}
    assert plans["register"].statistics is not None


@pytest.mark.parametrize(("name", "tables"), [("ward", 2), ("nowhere", 0)])
def test_statistics_of_no_one_table(name: str, tables: int) -> None:
    asked = condition("statistics", count_by=[{"column": name, "values": ["1"]}], epsilon=1.0)
    with pytest.raises(InputError, match=f"{tables} tables have `{name}`"):
        plans_for([asked], CLINIC)


ANONYMITY = KAnonymity(k=5, quasi_identifiers=(QuasiIdentifier(column="town"),))


@pytest.mark.parametrize(
    "step",
    [
        Pseudonymise(column="id", domain="medical.mrn"),
        Tokenise(column="id", domain="medical.mrn"),
        EncryptFpe(column="id", domain="medical.mrn"),
        Encrypt(column="id", deterministic=True, domain="medical.mrn"),
    ],
)
def test_k_does_not_hold_where_tables_can_be_joined(step: Step) -> None:
    alone = {"people": ProtectionPlan(steps=(step, Keep(column="town")), anonymity=ANONYMITY)}
    refuse_joined(alone)
    for other in (Drop(column="patient"), Mask(column="patient"), Encrypt(column="patient"), Pseudonymise(column="p")):
        refuse_joined(alone | {"visits": ProtectionPlan(steps=(other,))})
    joined = msgspec.structs.replace(step, column="patient")
    for order in (1, -1):
        plans = dict(list((alone | {"visits": ProtectionPlan(steps=(joined,))}).items())[::order])
        with pytest.raises(InputError, match=re.escape("`people`")):
            refuse_joined(plans)
