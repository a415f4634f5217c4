"""Which transfers may hold a person, as far as this node can tell without keeping anybody's identity.

Two things are asked. The source, where it still has the bytes that were released: who is not in it was in no release of
it. And the consent register, where there was one: who did not stand in it at that time was left out. Everything else is
unknown, and said to be so.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import structlog

from tegata.catalog import Catalog
from tegata.consent import ConsentRegister
from tegata.evidence import recorded
from tegata.model.base import Noun, Text, t
from tegata.model.catalog import Dataset
from tegata.model.errors import TegataError
from tegata.store import Store, Transaction, agreements, datasets, transfers

if TYPE_CHECKING:
    from tegata.tables import Collection

_log = structlog.get_logger("tegata.whose")

_NOT_IN_IT: Final = t("the source of these very bytes does not name them", "この提供元データに該当する値はありません")
_NO_CONSENT: Final = t("they stood in no consent at that time, and were left out", "当時の同意がなく、除かれています")
_IN_IT: Final = t(
    "the source of these very bytes names them; what the plan removed is told by its digest and conditions",
    "この提供元データに該当する値があります。処理で除かれた内容は計画のダイジェストと条件で確かめられます",
)
_CONSENTED: Final = t(
    "they stood in consent at that time; the source has other bytes now, or cannot be read",
    "当時の同意があります。元データは変わったか、読めません",
)
_CHANGED: Final = t(
    "the source has other bytes now, or cannot be read, and nobody's identity was kept",
    "元データが変わったか読めず、個人を特定する情報は保存していません",
)
_NO_COLUMN: Final = t("the source has no such column", "元データにその列がありません")


class Whereabouts(Noun, frozen=True, kw_only=True):
    """What is known of one person in one transfer."""

    transfer: str
    dataset: str
    at: dt.datetime
    answer: Literal["may hold", "does not hold", "unknown"]
    why: Text


class _Released(NamedTuple):
    transfer: str
    dataset: Dataset
    source: str  # digest
    at: dt.datetime
    consented: bool | None


class _Looked(NamedTuple):
    """Of a source as it is now: its digest, and whether it names the person; None without such a column."""

    digest: str
    named: bool | None


class Whose:
    """Looks for one person, named by the value of a column that tells people apart."""

    def __init__(self, store: Store, catalog: Catalog, register: ConsentRegister) -> None:
        self._store = store
        self._catalog = catalog
        self._register = register

    async def transfers(self, column: str, value: str) -> list[Whereabouts]:
        """Every release of this node, with what is known of the person in it. Reads each source once; takes its time.
        The value is kept nowhere."""
        released = await self._store.read(lambda tx: list(self._released(tx, column, value)))
        looked: dict[str, _Looked | None] = {}
        for one in released:
            if one.dataset.path not in looked:
                looked[one.dataset.path] = await self._look(one.dataset, column, value.strip())
        return [_told(one, looked[one.dataset.path]) for one in released]

    def _released(self, tx: Transaction, column: str, value: str) -> Iterable[_Released]:
        for entry in recorded(tx):
            if entry.kind != "release":
                continue
            process = transfers.get(tx, entry.subject)
            agreement = agreements.get(tx, process.agreement) if process else None
            dataset = datasets.get(tx, agreement.dataset) if agreement else None
            if dataset is not None:
                epoch = int(entry.body.get("consent", {}).get("epoch", 0))
                consented = self._register.stood(tx, dataset, column, value, epoch)
                yield _Released(entry.subject, dataset, str(entry.body["source_digest"]), entry.at, consented)

    async def _look(self, dataset: Dataset, column: str, value: str) -> _Looked | None:
        try:
            found = await self._catalog.open(dataset)
            return await asyncio.to_thread(_names, found, column, value)
        except TegataError as error:
            _log.info("source.not_read", dataset=dataset.id, why=str(error))
            return None


def _names(found: Collection, column: str, value: str) -> _Looked:
    """Whole, so that the digest says which bytes were looked at."""
    import polars as pl

    digests, named, has_column = {}, False, False
    for part in found.parts:
        source = part.open()
        here = column in source.columns
        has_column |= here
        for frame in source.batches():
            named |= here and bool((frame[column].cast(pl.String).str.strip_chars() == value).any())
        digests[part.name] = source.digest
    whole = next(iter(digests.values())) if found.single else found.digest(digests)
    return _Looked(whole, named if has_column else None)


def _told(one: _Released, looked: _Looked | None) -> Whereabouts:
    answer, why = _answer(one, looked if looked is not None and looked.digest == one.source else None)
    return Whereabouts(transfer=one.transfer, dataset=one.dataset.id, at=one.at, answer=answer, why=why)


def _answer(one: _Released, looked: _Looked | None) -> tuple[Literal["may hold", "does not hold", "unknown"], Text]:
    if one.consented is False:
        return "does not hold", _NO_CONSENT
    if looked is not None and looked.named is not None:
        return ("may hold", _IN_IT) if looked.named else ("does not hold", _NOT_IN_IT)
    if one.consented:
        return "may hold", _CONSENTED
    return "unknown", _NO_COLUMN if looked is not None else _CHANGED
