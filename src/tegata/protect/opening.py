"""What was encrypted in a table, computed back by whoever holds the key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from tegata.model.base import Noun, Progress, t
from tegata.model.errors import InputError, VerificationError
from tegata.model.step import EncryptFpe
from tegata.tables import Source, open_sink

if TYPE_CHECKING:
    import polars as pl

_SHAPE: Final = "^e-[0-9A-Za-z_-]{64,}$"


class Opened(Noun, frozen=True, kw_only=True):
    """The table with its values: `columns` by how many cells of each were opened."""

    file: str
    digest: str
    rows: int
    columns: dict[str, int]


def open_fields(
    source: Source,
    key: bytes,
    out: Path,
    *,
    codes: Sequence[EncryptFpe] = (),
    out_format: Literal["csv", "parquet", "jsonl"] = "csv",
    progress: Progress | None = None,
) -> Opened:
    """Write `source` to `out` with every cell of a step `encrypt` opened, in whatever column, and those of `codes`.

    Raises:
        VerificationError: a cell was changed, or made under another key; nothing is left behind.
        InputError: nothing is encrypted, or a column of `codes` is not there.
    """
    for step in codes:
        if step.column not in source.columns:
            raise InputError(t(f"there is no column `{step.column}`", f"列 `{step.column}` がありません"))
    work = _Work(key, codes)
    with open_sink(out, out_format) as sink:
        for frame in source.batches(progress):
            sink.write(work.on(frame))
        if not work.opened:
            raise InputError(
                t(
                    f"`{source.path.name}` has no encrypted values",
                    f"`{source.path.name}` に暗号化された値がありません",
                ),
                hint=t("codes in their own form need the plan: `--plan`", "形式保持暗号には `--plan` が必要です"),
            )
    return Opened(file=str(out), digest=sink.digest, rows=sink.rows, columns=work.opened)


class _Work:
    def __init__(self, key: bytes, codes: Sequence[EncryptFpe]) -> None:
        from tegata.protect.fpe import FormatPreserving
        from tegata.protect.siv import Opener

        self.opened = Counter[str]()
        self._opener = Opener(key)
        self._codes = {c.column: FormatPreserving(key, c.domain or c.column, c.alphabet) for c in codes}

    def on(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(map(self._column, frame.get_columns()))

    def _column(self, values: pl.Series) -> pl.Series:
        if (code := self._codes.get(values.name)) is not None:
            self.opened[values.name] += len(values) - values.null_count()
            return code.restored(values)
        sealed = values.str.contains(_SHAPE).fill_null(value=False)
        if not sealed.any():
            return values
        self.opened[values.name] += int(sealed.sum())
        cells = values.filter(sealed).unique()
        return values.replace(cells, [self._value(values.name, cell) for cell in cells])

    def _value(self, column: str, cell: str) -> str:
        try:
            return self._opener.value(cell)
        except ValueError:
            raise VerificationError(
                t(f"a value of `{column}` cannot be opened", f"`{column}` の値を開けません"),
                why=t(
                    "it was changed, or encrypted under another key; nothing was written",
                    "改変されたか、別の鍵で暗号化されています。何も書き込んでいません",
                ),
                hint=t("give the key of the agreement that it left under", "提供時の合意の鍵を指定してください"),
            ) from None
