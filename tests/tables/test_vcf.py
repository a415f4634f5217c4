"""Variant files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tegata.model.errors import InputError
from tegata.tables import digest_file, open_source
from tests.tables.contract import rows_of

FIXED = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"


def write(path: Path, *lines: str, above: int = 300) -> Path:
    meta = ["##fileformat=VCFv4.3", *(f'##contig=<ID={n},note="a, b">' for n in range(above))]
    path.write_text("\n".join([*meta, *lines]) + "\n")
    return path


def test_the_header_lies_below_any_number_of_lines(tmp_path: Path) -> None:
    record = '1\t10\trs1\tA\tG\t.\tPASS\tNOTE="half a mark\tGT\t0|1\t1|1'
    source = open_source(write(tmp_path / "t.vcf", f"{FIXED}\ta b\t花子", record))
    assert source.columns[0] == "CHROM"
    assert source.columns[-2:] == ("a b", "花子")
    assert (source.format.format, source.format.header_row) == ("vcf", 301)
    assert rows_of(source) == [tuple(record.split("\t"))]
    assert source.digest == digest_file(source.path)


@pytest.mark.parametrize("lines", [(), ("1\t10\trs1\tA\tG",), ("CHROM\tPOS",)])
def test_without_a_header_it_is_none(tmp_path: Path, lines: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="no VCF that could be read"):
        open_source(write(tmp_path / "t.vcf", *lines))
