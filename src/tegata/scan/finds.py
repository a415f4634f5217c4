"""What columns hold beside what they are: values among other text, or in a few cells of another kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log
from types import TracebackType
from typing import Final, Self

import polars as pl

from tegata.model.base import Text, t
from tegata.model.profile import Evidence, Find
from tegata.scan.decide import proven
from tegata.scan.distinct import DistinctSubjects
from tegata.scan.headers import named_in_text
from tegata.scan.inside import Occurrences
from tegata.scan.matcher import Hits
from tegata.scan.partial import smallest
from tegata.scan.recogniser import Recogniser, TableKind
from tegata.scan.roles import residence_bits
from tegata.scan.subjects import hash_seed

WORTH: Final = 5.0
"""Natural-log likelihood ratio from which a find is told. One number in ten passes a check of one digit: three of three
are worth telling, one alone only where the text says what it is."""

_NAMED: Final = 4.0
_NAMED_SHARE: Final = 0.5
_IN_MEMORY: Final = 100_000  # values of one kind in one column, 20 bytes each

Place = tuple[int, str]
"""Number of a column, id of a recogniser."""


@dataclass(frozen=True)
class Cells:
    """Cells of one column that hold a proven value: `whole` hold nothing else, `named` also say what it is."""

    holding: int = 0
    whole: int = 0
    named: int = 0

    def __add__(self, other: Cells) -> Cells:
        return Cells(self.holding + other.holding, self.whole + other.whole, self.named + other.named)


@dataclass(frozen=True)
class FoundPartial:
    """What was found in some rows: `samples` in the form of `partial.SCHEMA` and `valid`, `values` as
    `distinct.SUBJECT`."""

    recognisers: Mapping[str, Recogniser]
    cells: Mapping[Place, Cells]
    samples: Mapping[str, pl.DataFrame]
    values: Mapping[Place, pl.DataFrame]


class Finds:
    """What was found so far, in any order. Hashes are keyed by `seed` as those of subject keys are."""

    def __init__(self, seed: int) -> None:
        self._seed: Final = seed
        self._recognisers: dict[str, Recogniser] = {}
        self._cells: dict[Place, Cells] = {}
        self._samples: dict[str, pl.DataFrame] = {}
        self._values: dict[Place, DistinctSubjects] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for values in self._values.values():
            values.close()

    def add(self, found: Occurrences) -> None:
        """Occurrences in cells that were not looked at before."""
        recogniser = found.recogniser
        self._recognisers[recogniser.id] = recogniser
        hashes = found.values.get_column("canonical").hash(hash_seed(self._seed, [recogniser.id]))
        values = found.values.with_columns(hash=hashes)
        sampled = values.select("column", "hash", cell=pl.col("value"), valid=pl.col("valid"))
        self._sample(recogniser.id, sampled)
        valid = values.filter("valid")
        self._count(recogniser, valid)
        for (column,), part in valid.partition_by("column", as_dict=True).items():
            place = (int(str(column)), recogniser.id)
            self._keep(place, _as_subjects(recogniser, part["hash"]))

    def take(self, part: FoundPartial) -> None:
        """What was found in other rows, wherever that was."""
        self._recognisers.update(part.recognisers)
        for place, cells in part.cells.items():
            self._cells[place] = self._cells.get(place, Cells()) + cells
        for name, sample in part.samples.items():
            self._sample(name, sample)
        for place, values in part.values.items():
            self._keep(place, values)

    def partial(self) -> FoundPartial:
        """Everything that was found."""
        values = {place: pl.concat(values.parts()) for place, values in self._values.items()}
        return FoundPartial(self._recognisers, self._cells, self._samples, values)

    def _sample(self, name: str, sample: pl.DataFrame) -> None:
        known = self._samples.get(name, sample.clear())
        self._samples[name] = smallest(pl.concat([known, sample]))

    def _keep(self, place: Place, values: pl.DataFrame) -> None:
        self._values.setdefault(place, DistinctSubjects(_IN_MEMORY)).add(values)

    def _count(self, recogniser: Recogniser, valid: pl.DataFrame) -> None:
        wholly = valid.with_columns(whole=pl.col("value") == pl.col("cell"))
        cells = wholly.group_by("row").agg(pl.col("column", "cell").first(), pl.col("whole").any())
        named = cells["cell"].str.contains(named_in_text(recogniser.names)) if recogniser.names else pl.lit(value=False)
        counted = cells.with_columns(named=named).group_by("column").agg(
            pl.len(), pl.col("whole").sum(), pl.col("named").sum()
        )  # fmt: skip
        for column, *numbers in counted.iter_rows():
            place = (column, recogniser.id)
            self._cells[place] = self._cells.get(place, Cells()) + Cells(*numbers)

    def worth_telling(
        self, chosen: Sequence[Recogniser | None], filled: Sequence[int], tables: Sequence[TableKind]
    ) -> dict[int, tuple[Find, ...]]:
        """By column, what is too good to be chance and of another category than the column itself.

        What most cells are as a whole was weighed, with header and neighbours, when the column was decided.
        """
        told: dict[int, list[Find]] = {}
        for (number, name), cells in sorted(self._cells.items()):
            recogniser, own = self._recognisers[name], chosen[number]
            if 2 * cells.whole > filled[number] or (own is not None and own.category == recogniser.category):
                continue
            evidence = tuple(self._evidence(number, recogniser, tables))
            if sum(item.weight for item in evidence) >= WORTH and self._is_corroborated(number, recogniser):
                told.setdefault(number, []).append(self._find(number, recogniser, evidence))
        return {number: tuple(finds) for number, finds in told.items()}

    def subjects(self, told: Mapping[int, Iterable[Find]]) -> Iterator[tuple[int, Find, pl.DataFrame]]:
        """What was told, by column, with its distinct values in the form of `distinct.SUBJECT` without categories."""
        for number, finds in told.items():
            for find in finds:
                for part in self._values[number, find.recogniser].parts():
                    yield number, find, part

    def _is_corroborated(self, number: int, recogniser: Recogniser) -> bool:
        """What no check proves needs as many different values as it needs to name a column."""
        return bool(recogniser.validator) or self._hits(number, recogniser).valid >= recogniser.min_distinct

    def _hits(self, number: int, recogniser: Recogniser) -> Hits:
        """Among the distinct values that were kept."""
        sample = self._samples[recogniser.id].filter(pl.col("column") == number)
        return Hits(sample.height, int(sample.get_column("valid").sum()))

    def _find(self, number: int, recogniser: Recogniser, evidence: tuple[Evidence, ...]) -> Find:
        sample = self._samples[recogniser.id].filter((pl.col("column") == number) & pl.col("valid"))
        return Find(
            recogniser=recogniser.id,
            category=recogniser.category,
            listed=recogniser.listed or "",
            jurisdictions=recogniser.jurisdictions,
            cells=self._cells[number, recogniser.id].holding,
            form=_form(sample.item(0, "cell")),
            evidence=evidence,
        )

    def _evidence(self, number: int, recogniser: Recogniser, tables: Sequence[TableKind]) -> Iterator[Evidence]:
        cells = self._cells[number, recogniser.id]
        rarity = recogniser.in_text.rarity if recogniser.in_text else 1.0
        yield Evidence(kind="pattern", weight=-log(rarity), say=_seen(recogniser.title, cells.holding))
        if recogniser.validator and recogniser.chance < 1:
            yield proven(self._hits(number, recogniser), recogniser.chance)
        if cells.named > _NAMED_SHARE * cells.holding:
            say = t("the text beside it says what it is", "前後の文が何の値かを示す")
            yield Evidence(kind="neighbour", weight=_NAMED, say=say)
        for table in tables:
            if weight := recogniser.tables.get(table.id):
                yield Evidence(kind="table", weight=weight, say=table.reason)


def _as_subjects(recogniser: Recogniser, hashes: pl.Series) -> pl.DataFrame:
    state = pl.lit(residence_bits(recogniser), pl.UInt64)
    return pl.DataFrame({"subject": hashes}).select("subject", categories=pl.lit(0, pl.UInt32), residents=state)


def _seen(title: Text, cells: int) -> Text:
    return t(f"cells in which {title.en} stands: {cells}", f"「{title.ja}」の値を含むセル: {cells} 件")


def _form(value: str) -> str:
    """A value with nothing of it left but its form."""
    return "".join("#" if sign.isdigit() else "x" if sign.isalpha() else sign for sign in value)
