"""Variant Call Format (VCF 4.x): tab-delimited below any number of `##` lines, a column of calls for each sample."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from tegata.model.base import t
from tegata.model.errors import InputError
from tegata.tables.csv import CsvSource
from tegata.tables.dialect import Grammar
from tegata.tables.header import Layout, unique_names
from tegata.tables.source import BLOCK

_HEADER: Final = b"#CHROM\t"


class VcfSource(CsvSource):
    """A VCF file. Quotation marks are text there; the mark before the first name is dropped."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.format = msgspec.structs.replace(self.format, format="vcf")

    def _detect(self, text: bytes, *, whole: bool) -> Grammar:  # noqa: ARG002 nothing is guessed
        return Grammar("\t", quoting=False)

    def _look(self, text: bytes) -> tuple[Layout, bytes]:
        above: list[bytes] = []
        for record in self._grammar.records(text):
            above.append(record)
            if record.startswith(_HEADER):
                names = [cell.decode().strip() for cell in self._grammar.cells(record.lstrip(b"#"))]
                return Layout(len(above) - 1, len(above), unique_names(names)), b"".join(above)
            if not record.startswith(b"##"):
                break
        raise InputError(
            t(f"`{self.path}` is no VCF that could be read", f"`{self.path}` を VCF として読み取れません"),
            why=t(
                f"the line `#CHROM ...` does not follow the `##` lines within {BLOCK >> 20} MiB",
                f"`##` 行の後、{BLOCK >> 20} MiB 以内に `#CHROM ...` の行がありません",
            ),
            hint=t("write it anew with the program that made it", "作成したプログラムで書き出し直してください"),
        )
