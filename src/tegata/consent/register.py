"""The consent register: acts over the people of one source, in order. Nothing is rewritten; the number of the newest
act is the epoch, and who stands in an epoch follows from the acts up to it.

Whoever is not known to have given consent has not: once a source has a register, only the records of people in it
leave. It goes by the source, so that publishing it anew asks nobody again and forgets no withdrawal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from tegata.evidence import EvidenceLog
from tegata.model.base import Noun, encode, sha256, t
from tegata.model.catalog import Dataset
from tegata.model.errors import InputError, TegataError, UsageError
from tegata.store import ConflictError, Transaction
from tegata.store import consent as rows
from tegata.trust import derive_key

if TYPE_CHECKING:
    import numpy as np

    from tegata.protect.consented import Consented

MOST_SUBJECTS: Final = 2_000_000  # in one act: 16 MB
PURPOSE: Final = "purpose.code"  # the fact by which a data set states what it is for


class ConsentError(TegataError):
    """Nobody has given consent to what is asked."""

    code = "consent"


class ConsentAct(Noun, frozen=True, kw_only=True):
    """People gave their consent to a purpose, or withdrew it. `purpose` of a withdrawal: empty for every purpose."""

    epoch: int
    act: Literal["given", "withdrawn"]
    at: dt.datetime
    column: str  # its values tell people apart
    purpose: str = ""
    everybody: bool = False  # of a withdrawal
    listed: int = 0  # so many people were named
    digest: str = ""  # of their keyed numbers


class ConsentReport(Noun, frozen=True, kw_only=True):
    """How consent stands for a data set. `standing`: people by purpose; epoch 0: nobody was ever asked."""

    dataset: str
    epoch: int
    column: str
    standing: dict[str, int]
    acts: tuple[ConsentAct, ...]


class Change(Noun, frozen=True, kw_only=True):
    """What an act changes. `effective`: so many people gave anew, or withdraw what they had given; `ended`: transfers
    that end with it, since what was made for them holds people who are no longer to be in it."""

    dataset: str
    act: ConsentAct
    effective: int
    standing: dict[str, int]
    ended: tuple[str, ...] = ()


class Wanted(Noun, frozen=True, kw_only=True):
    """An act that is asked for. `people`: their keyed numbers (`ConsentRegister.people`)."""

    act: Literal["given", "withdrawn"]
    column: str = ""
    purpose: str = ""
    everybody: bool = False
    people: bytes = b""


class Standing:
    """Who has given consent to one purpose in one epoch."""

    def __init__(self, epoch: int, column: str, people: np.ndarray) -> None:
        self.epoch, self.column, self.people = epoch, column, people


class ConsentRegister:
    """Every method that takes a transaction works inside it.

    Args:
        secret: from which the key of each source is derived: without it nobody can be looked for in the register.
    """

    def __init__(self, evidence: EvidenceLog, secret: bytes) -> None:
        self._evidence = evidence
        self._secret = secret

    def people(self, dataset: Dataset, values: Sequence[str]) -> bytes:
        """Keyed numbers of people. Takes its time when they are many."""
        import polars as pl

        from tegata.protect.consented import subjects

        return subjects(self._key(dataset), pl.Series(values, dtype=pl.String)).tobytes()

    def weigh(self, tx: Transaction, dataset: Dataset, wanted: Wanted, at: dt.datetime) -> Change:
        """What an act would change; nothing is written.

        Raises:
            UsageError: it does not fit the data set, or what was kept of it before.
        """
        import numpy as np

        acts = _acts(tx, dataset)
        _check(dataset, wanted, acts)
        named, before = _numbers(wanted.people), self._standing(tx, dataset, acts)
        act = ConsentAct(
            epoch=len(acts) + 1,
            act=wanted.act,
            at=at,
            column=wanted.column or acts[-1].column,
            purpose=wanted.purpose,
            everybody=wanted.everybody,
            listed=named.size,
            digest=sha256(wanted.people),
        )
        after = {purpose: _after(act, purpose, people, named) for purpose, people in before.items()}
        if act.act == "given":
            after.setdefault(act.purpose, named)
        nobody = np.empty(0, np.uint64)
        effective = sum(abs(people.size - before.get(purpose, nobody).size) for purpose, people in after.items())
        sizes = {purpose: int(people.size) for purpose, people in after.items()}
        return Change(dataset=dataset.id, act=act, effective=effective, standing=sizes)

    def put(self, tx: Transaction, dataset: Dataset, change: Change, people: bytes) -> None:
        """The act becomes durable with its entry: numbers and a digest, nobody's name."""
        rows.put(tx, dataset.path, change.act.epoch, encode(change.act), people)
        body = {"epoch": change.act.epoch, "act": change.act.act, "purpose": change.act.purpose}
        body |= {"everybody": change.act.everybody, "listed": change.act.listed, "people": change.act.digest}
        self._evidence.record(tx, "consent", dataset.id, body, change.act.at)

    def report(self, tx: Transaction, dataset: Dataset) -> ConsentReport:
        acts = _acts(tx, dataset)
        standing = {purpose: int(people.size) for purpose, people in self._standing(tx, dataset, acts).items()}
        column = acts[-1].column if acts else ""
        return ConsentReport(dataset=dataset.id, epoch=len(acts), column=column, standing=standing, acts=tuple(acts))

    def standing(self, tx: Transaction, dataset: Dataset) -> Standing | None:
        """For the purpose that the data set states; None where nobody was ever asked.

        Raises:
            ConsentError: nobody has given consent to it.
        """
        acts = _acts(tx, dataset)
        if not acts:
            return None
        purpose = purpose_of(dataset)
        people = self._standing(tx, dataset, acts).get(purpose)
        if people is None or not people.size:
            raise _nobody(purpose)
        return Standing(len(acts), acts[-1].column, people)

    def stood(self, tx: Transaction, dataset: Dataset, column: str, value: str, epoch: int) -> bool | None:
        """Whether one person stood in an epoch for the purpose that the data set states; None where nobody was asked by
        then, or people are told apart by another column."""
        acts = _acts(tx, dataset)[:epoch]
        if not acts or acts[-1].column != column:
            return None
        people = self._standing(tx, dataset, acts).get(purpose_of(dataset))
        number = _numbers(self.people(dataset, [value]))
        return people is not None and bool(number.size) and bool((people == number[0]).any())

    def confirm(self, tx: Transaction, dataset: Dataset, epoch: int) -> None:
        """Whether a release of an epoch may start. ConflictError: it was made in one that has passed; make it anew."""
        now = rows.epoch(tx, dataset.path)
        if now != epoch:
            raise ConflictError(
                t("consent has changed while the release was made", "提供データの作成中に同意が変わりました"),
                why=t(f"epoch {epoch:,} is now {now:,}", f"第 {epoch:,} 版から第 {now:,} 版になりました"),
                hint=t("it is made anew", "作り直します"),
            )

    def gate(self, dataset: Dataset, standing: Standing | None) -> Consented | None:
        """What lets only their records through."""
        if standing is None:
            return None
        from tegata.protect.consented import Consented

        return Consented(self._key(dataset), standing.column, standing.people)

    def _key(self, dataset: Dataset) -> bytes:
        return derive_key(self._secret, "consent", dataset.path)

    def _standing(self, tx: Transaction, dataset: Dataset, acts: Sequence[ConsentAct]) -> dict[str, np.ndarray]:
        """By purpose, in the order in which it was first consented to."""
        import numpy as np

        found = {act.purpose: np.empty(0, np.uint64) for act in acts if act.act == "given"}
        for act in acts:
            named = _numbers(rows.subjects(tx, dataset.path, act.epoch))
            found = {purpose: _after(act, purpose, people, named) for purpose, people in found.items()}
        return found


def purpose_of(dataset: Dataset) -> str:
    fact = dataset.facts.get(PURPOSE)
    return str(fact.value) if fact else ""


def people_in(path: Path, column: str) -> list[str]:
    """The distinct values of one column of a table.

    Raises:
        InputError: it cannot be read, has no such column, or more than MOST_SUBJECTS values.
    """
    from tegata.tables import open_source

    source, found = open_source(path), set[str]()
    if column not in source.columns:
        raise InputError(
            t(f"`{path}` has no column `{column}`", f"`{path}` に列 `{column}` がありません"),
            why=t(f"it has: {', '.join(source.columns[:20])}", f"列: {', '.join(source.columns[:20])}"),
            hint=t("name the column by which people are told apart", "人を区別する列の名前を指定してください"),
        )
    for frame in source.batches():
        found.update(frame[column].drop_nulls().unique())
        if len(found) > MOST_SUBJECTS:
            raise InputError(
                t(f"`{path}` names more than {MOST_SUBJECTS:,} people", f"`{path}` は {MOST_SUBJECTS:,} 人を超えます"),
                hint=t("load it in parts", "分割して読み込んでください"),
            )
    return sorted(found)


def _acts(tx: Transaction, dataset: Dataset) -> list[ConsentAct]:
    return [msgspec.json.decode(payload, type=ConsentAct) for payload in rows.acts(tx, dataset.path)]


def _numbers(people: bytes) -> np.ndarray:
    import numpy as np

    return np.frombuffer(people, np.uint64)


def _after(act: ConsentAct, purpose: str, people: np.ndarray, named: np.ndarray) -> np.ndarray:
    """Who stands for a purpose after an act."""
    import numpy as np

    if act.act == "given":
        return np.union1d(people, named) if act.purpose == purpose else people
    if act.purpose not in ("", purpose):
        return people
    return people[:0] if act.everybody else np.setdiff1d(people, named, assume_unique=True)


def _check(dataset: Dataset, wanted: Wanted, acts: Sequence[ConsentAct]) -> None:
    for fault in _faults(dataset, wanted, acts):
        raise fault


def _faults(dataset: Dataset, wanted: Wanted, acts: Sequence[ConsentAct]) -> Iterator[UsageError]:
    if not acts and wanted.act == "withdrawn":
        yield UsageError(
            t("nobody has given consent for this data set", "このデータの同意はまだ登録されていません"),
            hint=t("`tegata node consent load` begins the register", "`tegata node consent load` で登録を始めます"),
        )
    if not wanted.people and not wanted.everybody:
        yield UsageError(t("nobody is named", "対象者が指定されていません"))
    if wanted.column and acts and wanted.column != acts[-1].column:
        kept = acts[-1].column
        yield UsageError(
            t(f"consent is kept by the column `{kept}`", f"同意は列 `{kept}` で管理しています"),
            hint=t("name people by it", "その列の値で指定してください"),
        )
    names = list(dict.fromkeys(column.name for column in dataset.profile.every_column))
    if wanted.column and wanted.column not in names:
        yield UsageError(
            t(f"the data set has no column `{wanted.column}`", f"データセットに列 `{wanted.column}` がありません"),
            why=t(f"it has: {', '.join(names[:20])}", f"列: {', '.join(names[:20])}"),
            hint=t("name the column by which people are told apart", "人を区別する列の名前を指定してください"),
        )


def _nobody(purpose: str) -> ConsentError:
    told = f" `{purpose}`" if purpose else ""
    return ConsentError(
        t(f"nobody has given consent to the purpose{told}", f"目的{told} に同意した人がいません"),
        hint=t("ask again once people have", "同意が得られてから改めて要求してください"),
    )
