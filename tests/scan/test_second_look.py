"""The second look: what a plan removes is met again however it is written, and nothing else is."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.model.categories import under
from tegata.model.errors import ExposureError
from tegata.model.plan import ProtectionPlan
from tegata.model.step import Drop, Encrypt, EncryptFpe, Keep, Mask, Pseudonymise, RedactText, ShiftDates, Step
from tegata.protect import apply_plan
from tegata.scan import Redaction, SecondLook, scan
from tegata.tables import open_source
from tests.protect.tables import KEY, write
from tests.shared_data import shared_data

ROWS = 60
NAMES = [
    f"{family} {given}" for family in ("佐藤", "鈴木", "高橋", "田中", "渡辺") for given in ("花子", "一郎", "美咲")
]
MAILS = [f"person.{n}@example.org" for n in range(ROWS)]
CARDS = [f"4{n * 48271 % 10**14:014d}" for n in range(1, ROWS + 1)]
STATES = ["admitted", "discharged", "transferred"]

CYRILLIC = str.maketrans("aeopcx", "аеорсх")
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
WAYS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "capitals": str.upper,
    "among other text": lambda text: f"called {text} again",
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs, no padding": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "gzip": lambda text: base64.b64encode(gzip.compress(text.encode())).decode(),
    "escapes of URLs": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "zero-width": lambda text: "\u200b".join(text),
    "full width": lambda text: text.translate(WIDE),
    "letters that look alike": lambda text: text.translate(CYRILLIC),
    "other separators": lambda text: text.replace(".", "-").replace(" ", "_"),
}


def table(hidden: Sequence[str], every: int = 1) -> pl.DataFrame:
    """People with names, mail addresses and card numbers; `x1` has something hidden in each `every`th cell."""
    return pl.DataFrame(
        {
            "name": [f"{NAMES[n * 7 % 15]} {n // 15}" for n in range(ROWS)],
            "mail": MAILS,
            "card": CARDS,
            "state": [STATES[n % 3] for n in range(ROWS)],
            "x1": [hidden[n] if n % every == 0 else STATES[n * 5 % 3] for n in range(ROWS)],
        }
    )


REMOVED = (Drop(column="name"), Pseudonymise(column="mail"), EncryptFpe(column="card"))
PLAN = ProtectionPlan(steps=REMOVED, none_left=("contact.email",))


def look(before: pl.DataFrame, plan: ProtectionPlan = PLAN, after: pl.DataFrame | None = None) -> None:
    """Look at what leaves when every step does its work."""
    changed = [s.column for s in plan.steps if isinstance(s, Pseudonymise | EncryptFpe | Mask)]
    dropped = [s.column for s in plan.steps if isinstance(s, Drop)]
    made = before.with_columns(pl.lit("*").alias(name) for name in changed).drop(dropped)
    with SecondLook(before.columns, plan) as second:
        second(before, made if after is None else after)


def test_what_is_clean_leaves() -> None:
    look(table(STATES * ROWS))


def test_a_batch_without_records_holds_nothing() -> None:
    """As where filters let none of its records pass."""
    look(table(MAILS).clear())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("column", ["name", "mail", "card"])
def test_copies_are_met_however_they_are_written(column: str, way: str) -> None:
    """In one of six cells: far below what names a column."""
    if column == "name" and way in ("escapes of URLs", "letters that look alike", "base32"):
        pytest.skip("readings of that kind know letters of ASCII alone")
    hidden = [WAYS[way](value) for value in table(STATES * ROWS)[column]]
    with pytest.raises(ExposureError, match=f"`x1`.*({column}|mail)"):
        look(table(hidden, every=6))


@pytest.mark.parametrize("way", WAYS)
def test_barred_kinds_are_met_although_no_column_held_them(way: str) -> None:
    """Addresses of others than the people of the table: no copy, but of a kind of which none may be left."""
    hidden = [WAYS[way](f"other{n}@example.com") for n in range(ROWS)]
    if way == "other separators":
        pytest.skip("a mail address with other separators is another address")
    with pytest.raises(ExposureError, match=r"`x1`.*mail"):
        look(table(hidden, every=6))


def test_a_column_with_a_step_of_its_own_is_as_the_plan_wants_it() -> None:
    look(table(MAILS), ProtectionPlan(steps=(*REMOVED, Keep(column="x1")), none_left=("contact.email",)))


NOTES = [f"came at noon with {name}, wants another slot" for name in table(STATES * ROWS)["name"]]


@pytest.mark.parametrize(
    ("kinds", "note", "met"),
    [
        ((), [f"write to other{n}@example.com please" for n in range(ROWS)], "mail"),
        (("contact",), [WAYS["base64"](f"other{n}@example.com") for n in range(ROWS)], "mail"),
        ((), NOTES, "repeats the values of `name`"),
    ],
)
def test_redacted_text_is_looked_at_too(kinds: tuple[str, ...], note: list[str], met: str) -> None:
    """As it leaves: what was to be taken out of it, and values of columns that are removed."""
    with pytest.raises(ExposureError, match=f"`x1`.*{met}"):
        look(table(note), ProtectionPlan(steps=(*REMOVED, RedactText(column="x1", kinds=kinds))))


def test_what_redaction_was_to_leave_may_leave() -> None:
    note = [f"write to other{n}@example.com" for n in range(ROWS)]
    look(table(note), ProtectionPlan(steps=(*REMOVED, RedactText(column="x1", kinds=("money",)))))


def test_redacted_text_leaves(tmp_path: Path) -> None:
    """The step does what the look asks for, a batch at a time, with names of the record and addresses of others."""
    notes = [f"{note}; call other{n}@example.com" for n, note in enumerate(NOTES)]
    source = open_source(write(tmp_path / "in.csv", {"name": table(notes)["name"].to_list(), "note": notes}))
    plan = ProtectionPlan(steps=(Drop(column="name"), RedactText(column="note", known=("name",))))
    with SecondLook(source.columns, plan) as second:
        apply_plan(source, plan, tmp_path / "out.csv", key=KEY, gate=second, redacting=Redaction)
    told = (tmp_path / "out.csv").read_text("utf-8").splitlines()[1:]
    assert {line.partition(",")[2] for line in told} == {
        '"came at noon with [name], wants another slot; call [contact.email]"'
    }


def test_a_dropped_column_that_is_still_there_stops_it() -> None:
    before = table(STATES * ROWS)
    with pytest.raises(ExposureError, match=r"`name`.*dropped"):
        look(before, after=before)


@pytest.mark.parametrize(
    "step",
    [
        Pseudonymise(column="mail"),
        EncryptFpe(column="mail"),
        Mask(column="mail"),
        Encrypt(column="mail"),
        ShiftDates(column="mail", subject=("name",)),
    ],
)
def test_a_column_that_did_not_change_stops_it(step: Step) -> None:
    before = table(STATES * ROWS)
    with pytest.raises(ExposureError, match=r"`mail`.*unchanged"):
        look(before, ProtectionPlan(steps=(step,)), after=before)


def test_what_is_masked_already_may_stay() -> None:
    before = pl.DataFrame({"pin": ["****", "****", None]})
    look(before, ProtectionPlan(steps=(Mask(column="pin"),)), after=before)


def test_copies_are_met_where_records_of_one_person_stand_together() -> None:
    before = pl.DataFrame({"name": sorted(NAMES * 8), "x1": sorted(NAMES * 8)})
    with pytest.raises(ExposureError, match="repeats the values of `name`"):
        look(before, ProtectionPlan(steps=(Drop(column="name"),)))


@pytest.mark.parametrize("way", [way for way in WAYS if way != "letters that look alike"])
@pytest.mark.parametrize("column", ["mail", "card"])
def test_of_what_is_like_nothing_else_one_copy_is_met(column: str, way: str) -> None:
    if column == "mail" and way == "other separators":
        pytest.skip("a mail address with other separators is another address")
    before = table(STATES * ROWS)
    hidden = [WAYS[way](before[column][n]) if n == 41 else STATES[n % 3] for n in range(ROWS)]
    with pytest.raises(ExposureError, match="`x1`"):
        look(table(hidden), ProtectionPlan(steps=REMOVED))


PIECES = {
    "card": lambda card: [card[:4], card[4:8], card[8:12], card[12:]],
    "mail": lambda mail: ["mail:", *mail.partition("@")],
}


@pytest.mark.parametrize("rows", [1, ROWS])
@pytest.mark.parametrize("column", PIECES)
def test_values_cut_over_columns_are_met(column: str, rows: int) -> None:
    before = table(STATES * ROWS)
    cut = [PIECES[column](value) if n < rows else ["-", "", "", "x"] for n, value in enumerate(before[column])]
    pieces = pl.DataFrame({f"p{place}": [row[place] for row in cut] for place in range(4)})
    name = "p0" if column == "card" else "p1"
    with pytest.raises(ExposureError, match=f"`{name}`: values of `{column}` stand in it and in the columns beside it"):
        look(pl.concat([before, pieces], how="horizontal"), ProtectionPlan(steps=REMOVED))


def test_pieces_that_stand_in_all_records_are_no_copies() -> None:
    """The number of the clinic, cut up; and times of day, which newborns share with their admission."""
    before = pl.DataFrame(
        {
            "phone": ["03-1234-5678"] * ROWS,
            "born": [f"2024-05-{1 + n % 28:02} 10:{n:02}" for n in range(ROWS)],
            "area": ["03"] * ROWS,
            "rest": ["12345678"] * ROWS,
            "admitted": [f"2024-05-{1 + n % 28:02} 10:{n:02}" if n in (3, 9) else "-" for n in range(ROWS)],
        }
    )
    look(before, ProtectionPlan(steps=(Drop(column="phone"), Drop(column="born"))))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), digits=st.integers(1, 6))
def test_numbers_that_meet_by_chance_are_no_copies(seed: int, digits: int) -> None:
    row = pl.int_range(300, eager=True)
    numbers = {f"n{at}": (row.hash(seed + at) % 10**digits).cast(pl.String) for at in range(8)}
    codes = (row.hash(seed + 99) % 10**10).cast(pl.String).str.zfill(10)
    look(pl.DataFrame({"code": codes, **numbers}), ProtectionPlan(steps=(Drop(column="code"),)))


def test_copies_add_up_over_batches() -> None:
    plan = ProtectionPlan(steps=(Drop(column="name"),))
    with SecondLook(["name", "x1"], plan) as second:
        for name in NAMES[:3]:
            second(*_batch(name))
        with pytest.raises(ExposureError):
            second(*_batch(NAMES[3]))


def _batch(name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    before = pl.DataFrame({"name": ["nobody in particular", name], "x1": ["-", name]})
    return before, before.drop("name")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), families=st.integers(2, 40))
def test_names_that_meet_by_chance_are_no_copies(seed: int, families: int) -> None:
    """Patients and doctors of few family names: many records have one of each, and so have their neighbours."""
    names = pl.Series([f"family {n:02d}" for n in range(families)])
    pick = pl.int_range(400, eager=True)
    before = pl.DataFrame(
        {"patient": names.gather(pick.hash(seed) % families), "doctor": names.gather(pick.hash(seed + 1) % families)}
    )
    look(before, ProtectionPlan(steps=(Drop(column="patient"),)))


def test_open_data_has_no_false_alarm(tmp_path: Path) -> None:
    """Real tables under the strictest plan: nobody has hidden anything in them."""
    barred = ("contact", "financial", "identifier", "person")
    for file in sorted(shared_data("opendata-messy").rglob("*.csv"))[:30:3]:
        source = open_source(file)
        profile = scan(source)
        held = [column for column in profile.columns if any(under(kind, barred) for kind in column.categories)]
        steps = tuple(Drop(column=name) for name in dict.fromkeys([source.columns[0], *(c.name for c in held)]))
        plan = ProtectionPlan(steps=steps, none_left=barred)
        with SecondLook(source.columns, plan, profile) as second:
            apply_plan(source, plan, tmp_path / "out.csv", key=KEY, gate=second)


def test_nothing_is_written_when_the_look_stops_it(tmp_path: Path) -> None:
    """In the last of many batches, long after others were written."""
    rows = 120_000
    mails = [f"p{n}@example.org" for n in range(rows)]
    state = ["admitted"] * (rows - 9) + [base64.b64encode(mail.encode()).decode() for mail in mails[-9:]]
    source = open_source(write(tmp_path / "in.csv", {"mail": mails, "state": state}))
    plan = ProtectionPlan(steps=(Drop(column="mail"),))
    with SecondLook(source.columns, plan) as second, pytest.raises(ExposureError, match="`state`"):
        apply_plan(source, plan, tmp_path / "out.csv", key=KEY, gate=second)
    assert [file.name for file in tmp_path.iterdir()] == ["in.csv"]
