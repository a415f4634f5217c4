"""Protection over columns, against values one by one and against the bare engine, each pair in one run."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC

from bench.measure import Figure
from tegata.model.plan import KAnonymity, Prefixes, ProtectionPlan, QuasiIdentifier, Ranges, Release
from tegata.model.step import Drop, EncryptFpe, Generalise, Mask, Pseudonymise, TopBottomCode
from tegata.protect import apply_plan
from tegata.protect.ff1 import Ff1
from tegata.protect.fpe import FormatPreserving
from tegata.protect.means import Means, Operation
from tegata.protect.operations import operation
from tegata.protect.pseudonym import Pseudonyms
from tegata.scan import SecondLook
from tegata.tables import open_source

VALUES, BATCH = 1_000_000, 50_000
KEY = bytes(range(32))


def figures() -> list[Figure]:
    return [*pseudonyms(), *codes(), *streams()]


def pseudonyms() -> list[Figure]:
    """Seconds for a million values, in batches as they come from a file."""
    mails = pl.Series([f"person.{n * 7919 % 3_000_000}@example{n % 97}.co.jp" for n in range(VALUES)])
    work = Pseudonyms(KEY, "mail").column
    one, alone = seconds(lambda: each(mails, work)), seconds(lambda: [mac(value) for value in mails[:BATCH]])
    alone *= VALUES / BATCH
    halves = mails[: VALUES // 2], mails[VALUES // 2 :]
    with ThreadPoolExecutor(2) as pool:
        two = wall(lambda: list(pool.map(lambda part: each(part, work), halves)))
    print(
        f"  pseudonyms: {VALUES / one / 1e6:.1f} M/s, on two threads {VALUES / two / 1e6:.1f} M/s; "
        f"one by one with the library: {VALUES / alone / 1e6:.2f} M/s"
    )
    return [
        Figure("1,000,000 e-mail pseudonyms (AES-CMAC), one core", one, 0.2, "s"),
        Figure("1,000,000 e-mail pseudonyms, two threads, elapsed", two, 0.1, "s"),
        Figure("pseudonyms: time against the library value by value", one / alone, 0.2, "x"),
    ]


def codes() -> list[Figure]:
    """Seconds of one core for a million codes."""
    cards = pl.Series([f"4{n * 7919 % 10**15:015d}" for n in range(VALUES)])
    numerals = np.random.default_rng(1).integers(0, 10, (BATCH, 16), dtype=np.uint8)
    code, ff1 = FormatPreserving(KEY, "card", "digits").column, Ff1(KEY, 10)
    card, bare = seconds(lambda: each(cards, code)), seconds(lambda: ff1.encrypt(numerals)) * VALUES / BATCH
    print(f"  FF1 of 16 digits: {VALUES / bare / 1e6:.1f} M/s, from text to text {VALUES / card / 1e6:.1f} M/s")
    return [
        Figure("1,000,000 FF1 encryptions, 16 digits, numerals", bare, 1 / 3, "s"),
        Figure("1,000,000 FF1 encryptions, 16 digits, text", card, 1 / 3, "s"),
    ]


def streams() -> list[Figure]:
    """A million records from file to file, against the bare engine with the same expressions, to /dev/null."""
    with tempfile.TemporaryDirectory() as name:
        table, out = Path(name) / "table.csv", Path(name) / "out.csv"
        write(table)
        packed = table.with_suffix(".parquet")
        pl.scan_csv(table, infer_schema=False).sink_parquet(packed)
        found = [
            *(against_bare(table, out, plan, what) for plan, what in ((NATIVE, "expressions"), (PLAN, "keyed"))),
            *(against_bare(packed, out.with_suffix(".parquet"), NATIVE, what) for what in ("expressions",)),
        ]
        mine = wall(lambda: protect(table, out, PLAN))
        unlooked = wall(lambda: apply_plan(open_source(table), PLAN, out, key=KEY))
        alike = wall(lambda: protect(table, out, ANONYMOUS))
        write_people(table)
        six = wall(lambda: protect(table, out, k_anonymous(6)))
        eight = wall(lambda: protect(table, out, k_anonymous(8)))
        for count in (6, 8):
            left = protect(table, out, k_anonymous(count)).report
            print(f"  k = {left.k} over {count} columns: {left.information_loss:.1%} of the information in them lost,")
            print(f"    {left.suppressed_rows:,} records left out")
    return [
        *found,
        Figure("1,000,000 records protected: the second look, of the time without it", mine / unlooked - 1, 0.5, "x"),
        Figure("1,000,000 records, k = 10 over 4 columns, file to file", alike, 10.0, "s"),
        Figure("1,000,000 records, k = 10 over 6 columns, file to file", six, 10.0, "s"),
        Figure("1,000,000 records, k = 10 over 8 columns, file to file", eight, 10.0, "s"),
    ]


def against_bare(table: Path, out: Path, plan: ProtectionPlan, what: str) -> Figure:
    """With digests of both sides, escapes, counts, the second look and a file that is durable; without the look too."""
    form: Literal["csv", "parquet"] = "csv" if out.suffix == ".csv" else "parquet"
    sides: dict[str, Callable[[], object]] = {
        "bare": lambda: bare_engine(table, plan),
        "protected": lambda: apply_plan(open_source(table), plan, out, key=KEY, out_format=form),
        "with the second look": lambda: protect(table, out, plan, form),
    }
    elapsed = {name: wall(work) for name, work in sides.items()}
    cores = {name: seconds(work, times=2) for name, work in sides.items()}
    for name in sides:
        print(f"  {form}, {what}, {name}: {elapsed[name]:.2f} s, {cores[name]:.2f} s of all cores")
    ratio = elapsed["with the second look"] / elapsed["bare"]
    return Figure(f"1,000,000 records ({form}, {what}): time against the bare engine", ratio, 1 / 0.7, "x")


NATIVE = ProtectionPlan(
    steps=(
        Mask(column="mail", show_last=6),
        Generalise(column="zip", to="first_chars", n=3),
        Generalise(column="born", to="year"),
        TopBottomCode(column="age", top=90),
        Drop(column="card"),
        Drop(column="note"),
    )
)
"""What the engine has expressions of its own for."""
PLAN = ProtectionPlan(
    steps=(
        Pseudonymise(column="mail"),
        EncryptFpe(column="card"),
        Generalise(column="born", to="year"),
        Drop(column="note"),
    )
)
ANONYMOUS = ProtectionPlan(
    steps=(Drop(column="mail"), Drop(column="card"), Generalise(column="born", to="year"), Drop(column="note")),
    anonymity=KAnonymity(
        k=10,
        quasi_identifiers=(
            QuasiIdentifier(column="born", hierarchy=Ranges(widths=(5, 10, 20))),
            QuasiIdentifier(column="zip", hierarchy=Prefixes(lengths=(3, 2))),
            QuasiIdentifier(column="age", hierarchy=Ranges(widths=(5, 10, 20))),
            QuasiIdentifier(column="sex"),
        ),
    ),
)

PEOPLE: dict[str, tuple[int, tuple[int, ...], float]] = {
    "age": (74, (5, 10, 20), 0.5),
    "sex": (2, (), 0.5),
    "race": (5, (), 1.3),
    "marital": (7, (3,), 1.3),
    "education": (16, (3, 6), 1.3),
    "country": (41, (8,), 2.0),
    "work": (8, (4,), 1.5),
    "job": (14, (4,), 1.3),
}
"""Of each column: how many values, the widths of its hierarchy, how fast values become rare. 6,480 nodes."""


def k_anonymous(count: int) -> ProtectionPlan:
    """k = 10 over the first columns of PEOPLE; the others do not leave."""
    quasi = tuple(
        QuasiIdentifier(column=name, hierarchy=Ranges(widths=widths)) if widths else QuasiIdentifier(column=name)
        for name, (_, widths, _) in PEOPLE.items()
    )[:count]
    dropped = tuple(Drop(column=name) for name in list(PEOPLE)[count:])
    return ProtectionPlan(steps=dropped, anonymity=KAnonymity(k=10, quasi_identifiers=quasi))


def write_people(path: Path) -> None:
    """About half a million distinct combinations."""
    dice = np.random.default_rng(5)
    shares = {name: np.arange(1, size + 1) ** -fall for name, (size, _, fall) in PEOPLE.items()}
    columns = {name: dice.choice(len(one), VALUES, p=one / one.sum()) for name, one in shares.items()}
    pl.DataFrame(columns).write_csv(path)


def protect(table: Path, out: Path, plan: ProtectionPlan, form: Literal["csv", "parquet"] = "csv") -> Release:
    source = open_source(table)
    with SecondLook(source.columns, plan) as look:
        return apply_plan(source, plan, out, key=KEY, out_format=form, gate=look)


def bare_engine(table: Path, plan: ProtectionPlan) -> None:
    """The same operations in the engine's own stream, and nothing else: no digest, check, escape, report or file."""
    csv = table.suffix == ".csv"
    scan = pl.scan_csv(table, infer_schema=False) if csv else pl.scan_parquet(table)
    work = {step.column: operation(step, Means(KEY)) for step in plan.steps}
    made = scan.select(
        pl.col(name) if name not in work else pl.col(name).map_batches(alone(own), return_dtype=pl.String)
        for name in scan.collect_schema()
        if (own := work.get(name, lambda values, _: values)) is not None
    )
    nowhere = Path("/dev/null")
    made.sink_csv(nowhere) if csv else made.sink_parquet(nowhere, compression="zstd")


def alone(step: Operation) -> Callable[[pl.Series], pl.Series]:
    """Of the plans here no step looks at other columns."""
    return lambda values: step(values, values.to_frame())


def write(path: Path) -> None:
    dice = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        file.write("mail,card,born,zip,age,sex,note\n")
        for number in range(VALUES):
            file.write(
                f"person.{number}@example.co.jp,4{number:015d},{dice.randrange(1940, 2005)}-0{number % 9 + 1}-11,"
                f"{dice.randrange(1, 48):02d}{number % 10}-0001,{dice.randrange(100)},"
                f"{'fm'[number % 2]},note {number}\n"
            )


def wall(work: Callable[[], object]) -> float:
    return seconds(work, times=3, clock=time.perf_counter)


def each(values: pl.Series, work: Callable[[pl.Series], pl.Series]) -> None:
    for start in range(0, len(values), BATCH):
        work(values.slice(start, BATCH))


def mac(value: str) -> bytes:
    made = CMAC(algorithms.AES(KEY))
    made.update(value.encode())
    return made.finalize()


def seconds(work: Callable[[], object], times: int = 5, clock: Callable[[], float] = time.process_time) -> float:
    """The best of several runs: what is measured is the code, not its neighbours."""
    taken = []
    for _ in range(times):
        started = clock()
        work()
        taken.append(clock() - started)
    return min(taken)
