"""Consent of people as the operator enters it: given, withdrawn, and how it stands."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

from starlette.requests import Request

from tegata.api.body import read_noun
from tegata.consent import ConsentRegister, Wanted
from tegata.consent.register import people_in, purpose_of
from tegata.model.base import Noun, t
from tegata.model.catalog import Dataset
from tegata.model.errors import UsageError
from tegata.store import Store, datasets
from tegata.transfer import Transfers

Answer = tuple[int, Any]
Row = tuple[str, str, Callable[[Request], Awaitable[Answer]]]


class NewAct(Noun, frozen=True, kw_only=True):
    """People of a data set give consent or withdraw it: those of a table's column, and those named by their keys.
    `column` and `purpose` when not given: those of the register, and of the data set."""

    dataset: str
    act: Literal["given", "withdrawn"]
    path: str = ""
    people: tuple[str, ...] = ()
    everybody: bool = False
    column: str = ""
    purpose: str | None = None
    dry_run: bool = False


def consent_table(store: Store, transfers: Transfers) -> tuple[Row, ...]:
    """Methods, paths and handlers."""
    routes = _Consent(store, transfers)
    return ("POST", "/v1/consent", routes.act), ("GET", "/v1/consent/{dataset}", routes.show)


class _Consent:
    def __init__(self, store: Store, transfers: Transfers) -> None:
        self._store = store
        self._transfers = transfers
        self._register: ConsentRegister = transfers.consent

    async def act(self, request: Request) -> Answer:
        new = await read_noun(request, NewAct)
        dataset = await self._dataset(new.dataset)
        column = new.column or (await self._store.read(lambda tx: self._register.report(tx, dataset))).column
        if not column:
            raise UsageError(
                t("nothing says by which column people are told apart", "人を区別する列が指定されていません"),
                hint=t("name it with `--column`", "`--column` で指定してください"),
            )
        wanted = Wanted(
            act=new.act,
            column=column,
            purpose=_purpose(new, dataset),
            everybody=new.everybody,
            people=await asyncio.to_thread(self._people, dataset, new, column),
        )
        done = (self._store.read if new.dry_run else self._store.write)(
            lambda tx: self._transfers.change_consent(tx, dataset, wanted, dry_run=new.dry_run)
        )
        return 200 if new.dry_run else 201, await done

    async def show(self, request: Request) -> Answer:
        dataset = await self._dataset(request.path_params["dataset"])
        return 200, await self._store.read(lambda tx: self._register.report(tx, dataset))

    def _people(self, dataset: Dataset, new: NewAct, column: str) -> bytes:
        listed = people_in(Path(new.path), column) if new.path else []
        return self._register.people(dataset, [*listed, *new.people])

    async def _dataset(self, name: str) -> Dataset:
        found = await self._store.read(lambda tx: datasets.get(tx, name))
        if found is None:
            raise UsageError(
                t(f"there is no data set `{name}`", f"データセット `{name}` はありません"),
                hint=t("publish it with `tegata publish`", "`tegata publish` で公開してください"),
            )
        return found


def _purpose(new: NewAct, dataset: Dataset) -> str:
    """Consent is given to what the data set is for; who withdraws it and says no more withdraws it from everything."""
    if new.purpose is not None:
        return new.purpose
    return purpose_of(dataset) if new.act == "given" else ""
