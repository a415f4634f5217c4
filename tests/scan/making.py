"""Small tables for the tests: numbers with right check digits, made from a counter."""

from __future__ import annotations

import polars as pl

from tegata.scan import builtin_recognisers, scan_batches
from tegata.scan.scanning import Findings

WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def my_number(n: int) -> str:
    body = f"{n * 7_919_111 % 10**11:011}"
    rest = sum(int(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 11
    return body + str(0 if rest < 2 else 11 - rest)


def card(n: int) -> str:
    body = f"4{n * 7_919_113 % 10**14:014}"
    doubled = (int(c) * 2 if i % 2 == 0 else int(c) for i, c in enumerate(reversed(body)))
    return body + str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def ssn(n: int) -> str:
    return f"{1 + n * 37 % 665:03}-{1 + n * 13 % 98:02}-{1 + n * 7 % 9998:04}"


def table(columns: dict[str, list[str | None]]) -> pl.DataFrame:
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def look(frame: pl.DataFrame, *, rows: int = 50_000, salt: bytes = b"") -> Findings:
    """Scan a frame cut into batches of `rows`."""
    return scan_batches(frame.columns, lambda: frame.iter_slices(rows), builtin_recognisers(), salt)


def kinds(found: Findings) -> dict[str, str]:
    """Column -> recogniser."""
    return {column.name: column.recogniser for column in found.columns}


def categories(found: Findings) -> dict[str, str]:
    """Column -> category."""
    return {column.name: column.category for column in found.columns}


def iban(n: int) -> str:
    body = f"37040044{n * 7_919_113 % 10**10:010}"
    return f"DE{98 - int(body + '131400') % 97:02}{body}"


def pesel(n: int) -> str:
    body = f"{60 + n % 40}{1 + n % 12:02}{1 + n % 28:02}{n * 7919 % 10_000:04}"
    return body + str(-sum(int(c) * w for c, w in zip(body, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), strict=True)) % 10)


def nric(n: int) -> str:
    body = f"{n * 79_193 % 10**7:07}"
    return f"S{body}" + "JZIHGFEDCBA"[sum(int(c) * w for c, w in zip(body, (2, 7, 6, 5, 4, 3, 2), strict=True)) % 11]


def email(n: int) -> str:
    return f"jane.roe{n}@example.com"
