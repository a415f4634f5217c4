"""`tegata scan` over 1,000,000 x 12, against the bare engine that reads it and runs one pattern per text column."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

import polars as pl

from bench.measure import TEGATA, Figure, Run, run

ROWS: Final = 1_000_000
PEOPLE: Final = 320_000  # a person has about three rows
SEED: Final = 11
PART: Final = 100_000  # rows that are made at a time

LEAST_SHARE: Final = 0.6  # of the speed of the bare engine
LIMIT_MB: Final = 300.0
SMALL_LIMIT_S, WIDE_LIMIT_S, WIDE_COLUMNS = 0.5, 3.0, 5000

# One linear-time pattern per text column, as somebody would write them by hand.
PATTERNS: Final = {
    "name": r"^[A-Z][a-z]+ [A-Z][a-z]+$",
    "email": r"^[a-z0-9._]+@[a-z0-9.-]+\.[a-z]{2,}$",
    "phone": r"^0[0-9]{1,3}-[0-9]{2,4}-[0-9]{4}$",
    "ssn": r"^[0-9]{3}-[0-9]{2}-[0-9]{4}$",
    "my_number": r"^[0-9]{12}$",
    "card": r"^[0-9]{16}$",
    "ip": r"^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$",
    "icd10": r"^[A-Z][0-9]{2}(?:\.[0-9]{1,2})?$",
    "note": r"\b(?:pain|pressure|prescription)\b",
}
_GIVEN: Final = ("Akira", "Yuki", "Hana", "Ken", "Maria", "John", "Emma", "Liam", "Aiko", "Sofia", "Noah", "Mei")
_FAMILY: Final = ("Sato", "Suzuki", "Tanaka", "Smith", "Johnson", "Garcia", "Mueller", "Rossi", "Kim", "Chen", "Silva")
_CODES: Final = ("E11.9", "I10", "J45", "M54.5", "F32.1", "K21.0", "N39.0", "S52.5", "C50.9", "Z00.0", "A09", "H25.1")
_NOTES: Final = (
    "follow-up in two weeks, blood pressure under control, no complaints since the last visit",
    "patient reports pain in the left knee after running; advised rest and ice",
    "repeat of the prescription, next examination in spring",
    "no change",
)
_MY_NUMBER: Final = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: what starts a process counts among its peak memory.
        if run(sys.executable, "-m", "bench.scan_speed", "make", name).code:
            raise SystemExit("the tables could not be made")
        found = [figure for kind in ("parquet", "csv") for figure in _beside_bare_engine(folder / f"table.{kind}")]
        return [*found, *_start_up(folder)]


def make(folder: Path) -> None:
    """The table in both formats, one of few rows, and one of many columns."""
    write_table(folder / "table.parquet")
    pl.read_parquet(folder / "table.parquet").write_csv(folder / "table.csv")
    _part(0, 70).write_csv(folder / "small.csv")
    wide = {f"c{n}": [str(n), str(n + 1), str(n + 2)] for n in range(WIDE_COLUMNS)}
    pl.DataFrame(wide).write_csv(folder / "wide.csv")


def write_table(path: Path, rows: int = ROWS) -> None:
    """The table, all columns text but the coordinates; the same rows at every call."""
    parts = [_part(start, min(PART, rows - start)) for start in range(0, rows, PART)]
    pl.concat(parts).write_parquet(path, compression="zstd", row_group_size=PART)


def _beside_bare_engine(table: Path) -> list[Figure]:
    ours, bare = [], []
    for _ in range(3):
        ours.append(run(TEGATA, "scan", str(table), "--json"))
        bare.append(run(sys.executable, "-m", "bench.scan_speed", "bare", str(table)))
    if any(one.code for one in (*ours, *bare)):
        raise SystemExit(f"a scan of {table.name} failed")
    best, engine = min(ours, key=_seconds), min(bare, key=_seconds)
    for who, one in (("tegata scan", best), ("bare engine", engine)):
        print(
            f"  {table.name}: {who} {ROWS / one.seconds:,.0f} rows/s in {one.seconds:.2f} s,"
            f" {one.cpu_seconds:.2f} s of processor time, peak {one.peak_mb:,.0f} MB (whole process)"
        )
    print(f"  {table.name}: {engine.seconds / best.seconds:.0%} of the speed of the bare engine")
    return [
        Figure(
            f"{table.name}: against {LEAST_SHARE:.0%} of the bare engine",
            best.seconds,
            engine.seconds / LEAST_SHARE,
            "s",
        ),
        Figure(f"{table.name}: peak memory of tegata scan", max(one.peak_mb for one in ours), LIMIT_MB, "MB"),
    ]


def _start_up(folder: Path) -> list[Figure]:
    """What a scan costs where there is next to nothing to read: processor time, both cores together."""
    return [
        Figure(f"{what}: processor time of tegata scan", _least_cpu(folder / name), limit, "s")
        for what, name, limit in (
            ("70 x 12", "small.csv", SMALL_LIMIT_S),
            (f"3 x {WIDE_COLUMNS:,}", "wide.csv", WIDE_LIMIT_S),
        )
    ]


def _least_cpu(table: Path) -> float:
    return min(run(TEGATA, "scan", str(table), "--json").cpu_seconds for _ in range(3))


def _seconds(one: Run) -> float:
    return one.seconds


def _part(start: int, rows: int) -> pl.DataFrame:
    row = pl.int_range(start, start + rows, dtype=pl.UInt64)
    person = pl.select(person=row.hash(SEED) % PEOPLE).to_series()
    own = pl.DataFrame({"person": person, "row": pl.select(row).to_series()})
    return own.select(
        person_id=pl.format("P{}", pl.col("person").cast(pl.String).str.zfill(8)),
        name=pl.format("{} {}", _of(_GIVEN, "person", 1), _of(_FAMILY, "person", 2)),
        email=pl.format("user{}@mail.example.com", pl.col("person")),
        phone=pl.format("090-{}-{}", _digits(3, 4), _digits(4, 4)),
        ssn=pl.format("{}-{}-{}", _between(5, 100, 665), _between(6, 10, 99), _between(7, 1000, 9999)),
        my_number=_my_number(_number(8, 10**11)),
        card=_card(_number(9, 10**14)),
        ip=pl.format("{}.{}.{}.{}", *(_between(10 + n, 1, 254) for n in range(4))),
        lat=(30 + _number(14, 10**7, "row") / 10**6).round(5),
        lon=(130 + _number(15, 10**7, "row") / 10**6).round(5),
        icd10=_of(_CODES, "row", 16),
        note=pl.format("visit {}: {}", pl.col("row"), _of(_NOTES, "row", 17)),
    )


def _number(use: int, below: int, of: str = "person") -> pl.Expr:
    return pl.col(of).hash(SEED + use) % below


def _between(use: int, least: int, most: int) -> pl.Expr:
    return _number(use, most - least + 1) + least


def _digits(use: int, count: int) -> pl.Expr:
    return _number(use, 10**count).cast(pl.String).str.zfill(count)


def _of(words: tuple[str, ...], of: str, use: int) -> pl.Expr:
    return pl.lit(pl.Series(words)).gather(_number(use, len(words), of))


def _my_number(body: pl.Expr) -> pl.Expr:
    rest = pl.sum_horizontal(body // 10 ** (10 - place) % 10 * weight for place, weight in enumerate(_MY_NUMBER)) % 11
    check = pl.when(rest > 1).then(11 - rest).otherwise(0)
    return (body * 10 + check).cast(pl.String).str.zfill(12)


def _card(body: pl.Expr) -> pl.Expr:
    body = 4 * 10**14 + body
    doubled = [body // 10**place % 10 * (2 - place % 2) for place in range(15)]
    total = pl.sum_horizontal(d - 9 * (d > 9).cast(pl.UInt64) for d in doubled)
    return (body * 10 + (10 - total % 10) % 10).cast(pl.String)


def bare(path: Path) -> None:
    """What the engine alone does: read, and count one pattern in every text column."""
    table = pl.scan_parquet(path) if path.suffix == ".parquet" else pl.scan_csv(path, infer_schema=False)
    passes = [pl.col(column).str.contains(pattern).sum() for column, pattern in PATTERNS.items()]
    print(table.select(passes).collect(engine="streaming").row(0))


if __name__ == "__main__":
    {"make": make, "bare": bare}[sys.argv[1]](Path(sys.argv[2]))
