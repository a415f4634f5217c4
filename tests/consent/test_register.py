"""The consent register: who stands follows from the acts alone, whatever their order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tegata.clock import SystemClock
from tegata.consent import Change, ConsentError, ConsentRegister, Wanted
from tegata.consent.register import people_in
from tegata.evidence import EvidenceLog, recorded
from tegata.model.catalog import Dataset
from tegata.model.decision import Fact
from tegata.model.errors import InputError, UsageError
from tegata.model.plan import ProtectionPlan
from tegata.model.step import Keep, SuppressRare
from tegata.protect import apply_plan
from tegata.protect.consented import Consented, subjects
from tegata.store import ConflictError, Store, Transaction
from tegata.tables import open_source
from tegata.trust import SigningKey
from tests.contract.store_contract import a_dataset
from tests.protect.tables import KEY, column, profile, write

AT = SystemClock().now()
names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=6).map(str.strip).filter(bool)


def dataset(purpose: str = "care", path: str = "/srv/in.csv") -> Dataset:
    facts = {"purpose.code": Fact(value=purpose, source="publisher")} if purpose else {}
    return replace(a_dataset(), path=path, facts=facts, profile=profile(column("id"), column("v")))


class Registry:
    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder)
        self.register = ConsentRegister(EvidenceLog(SigningKey.generate(b"k" * 32), lambda n: bytes(n)), b"s" * 32)

    async def acts(self, act: Any, *people: str, of: Dataset | None = None, **more: Any) -> Change:
        of = of or dataset()
        named = self.register.people(of, people)
        wanted = Wanted(act=act, people=named, **{"column": "id", **more})

        def work(tx: Transaction) -> Change:
            change = self.register.weigh(tx, of, wanted, AT)
            self.register.put(tx, of, change, named)
            return change

        return await self.store.write(work)

    async def stands(self, people: list[str], of: Dataset | None = None) -> list[str]:
        of = of or dataset()
        gate = self.register.gate(of, await self.store.read(lambda tx: self.register.standing(tx, of)))
        frame = pl.DataFrame({"id": people}, schema={"id": pl.String})
        return people if gate is None else next(gate.over(iter([frame])))["id"].to_list()


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    made = Registry(tmp_path / "store")
    yield made
    made.store.close()


async def test_who_stands_follows_from_the_acts(registry: Registry) -> None:
    everybody = list("abcdef")
    assert await registry.stands(everybody) == everybody, "nobody was ever asked"
    first = await registry.acts("given", "a", "b", "c", purpose="care")
    assert (first.effective, first.standing, first.act.epoch) == (3, {"care": 3}, 1)
    assert await registry.stands(everybody) == ["a", "b", "c"]
    assert (await registry.acts("given", "b", "d", purpose="study")).standing == {"care": 3, "study": 2}
    assert await registry.stands(everybody, dataset("study")) == ["b", "d"]
    gone = await registry.acts("withdrawn", " b ", "x", purpose="care")
    assert (gone.effective, gone.act.listed, gone.standing) == (1, 2, {"care": 2, "study": 2})
    assert (await registry.acts("withdrawn", "d")).standing == {"care": 2, "study": 1}, "from every purpose"
    assert await registry.stands(everybody) == ["a", "c"]
    assert await registry.stands(everybody, dataset(path="/srv/other.csv")) == everybody, "another source"
    all_gone = await registry.acts("withdrawn", everybody=True)
    assert (all_gone.effective, all_gone.standing) == (3, {"care": 0, "study": 0})
    with pytest.raises(ConsentError, match="nobody has given consent to the purpose `care`"):
        await registry.stands(everybody)
    with pytest.raises(ConsentError):
        await registry.stands(everybody, dataset("marketing"))
    back = await registry.acts("given", "b", purpose="care")
    assert back.act.epoch == 6
    assert await registry.stands(everybody) == ["b"]
    report = await registry.store.read(lambda tx: registry.register.report(tx, dataset()))
    assert [act.act for act in report.acts] == ["given", "given", "withdrawn", "withdrawn", "withdrawn", "given"]
    entries = await registry.store.read(lambda tx: [e.body for e in recorded(tx) if e.kind == "consent"])
    assert [body["epoch"] for body in entries] == [1, 2, 3, 4, 5, 6]


async def test_nobody_can_be_read_from_the_register_or_the_log(registry: Registry, tmp_path: Path) -> None:
    await registry.acts("given", "P0012345", "sato@example.org")
    registry.store.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "store").iterdir() if path.is_file())
    assert b"P0012345" not in kept
    assert b"sato@example.org" not in kept
    registry.store = Store.open(tmp_path / "again")


async def test_acts_that_do_not_fit_are_refused(registry: Registry) -> None:
    for act, more, what in (
        ("withdrawn", {"people": ["a"]}, "nobody has given consent"),
        ("given", {"people": []}, "nobody is named"),
        ("given", {"people": ["a"], "column": "nummer"}, "has no column `nummer`"),
    ):
        people = more.pop("people")
        with pytest.raises(UsageError, match=what):
            await registry.acts(act, *people, **more)
    await registry.acts("given", "a")
    with pytest.raises(UsageError, match="kept by the column `id`"):
        await registry.acts("given", "a", column="v")


async def test_a_release_of_an_epoch_that_has_passed_does_not_start(registry: Registry) -> None:
    await registry.acts("given", "a", purpose="care")
    await registry.store.read(lambda tx: registry.register.confirm(tx, dataset(), 1))
    for epoch in (0, 2):
        with pytest.raises(ConflictError, match="consent has changed"):
            await registry.store.read(lambda tx, epoch=epoch: registry.register.confirm(tx, dataset(), epoch))


@settings(deadline=None, max_examples=40)
@given(
    cells=st.lists(st.one_of(st.none(), names), max_size=30),
    asked=st.sets(names, max_size=12),
    parts=st.integers(1, 3),
)
def test_records_pass_whose_people_consented_and_no_others(
    cells: list[str | None], asked: set[str], parts: int
) -> None:
    frame = pl.DataFrame({"id": cells, "n": list(range(len(cells)))}, schema={"id": pl.String, "n": pl.Int64})
    gate = Consented(KEY, "id", subjects(KEY, pl.Series(sorted(asked), dtype=pl.String)))
    frames = list(frame.iter_slices(max(1, -(-len(cells) // parts)))) or [frame]
    passed = [row for part in gate.over(iter(frames)) for row in part["n"].to_list()]
    want = [n for n, cell in enumerate(cells) if cell is not None and cell.strip() in asked]
    assert passed == want
    assert gate.withheld == len(cells) - len(want)


def test_what_looks_at_the_whole_table_sees_only_people_with_consent(tmp_path: Path) -> None:
    """Three records have `x`, but only one of them is of somebody who consented: what is left of it is rare."""
    table = write(tmp_path / "in.csv", {"id": list("abcd"), "v": ["x", "x", "x", "y"]})
    gate = Consented(KEY, "id", subjects(KEY, pl.Series(["a", "d"])))
    plan = ProtectionPlan(steps=(Keep(column="id"), SuppressRare(column="v", least=2)))
    release = apply_plan(open_source(table), plan, tmp_path / "out.csv", key=KEY, consented=gate)
    assert pl.read_csv(tmp_path / "out.csv")["v"].to_list() == ["*", "*"]
    assert any(note.en == "2 records of people without consent do not leave" for note in release.report.notes)
    with pytest.raises(InputError, match="consent is kept by the column `nr`"):
        apply_plan(
            open_source(table),
            plan,
            tmp_path / "no.csv",
            key=KEY,
            consented=Consented(KEY, "nr", subjects(KEY, pl.Series(["a"]))),
        )
    assert not (tmp_path / "no.csv").exists()


def test_lists_of_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = write(tmp_path / "people.csv", {"id": ["a", "b", "a", None]})
    assert people_in(table, "id") == ["a", "b"]
    with pytest.raises(InputError, match="has no column `nr`"):
        people_in(table, "nr")
    monkeypatch.setattr("tegata.consent.register.MOST_SUBJECTS", 1)
    with pytest.raises(InputError, match="more than 1 people"):
        people_in(table, "id")
