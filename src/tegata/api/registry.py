"""The accreditation registry as its operator keeps it: acts, what they add up to, and the list that is published."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request

from tegata.api.body import read_noun
from tegata.api.log import LogServices
from tegata.api.processes import Answer, Row
from tegata.model.base import Noun, t
from tegata.model.errors import UsageError
from tegata.registry import draft, publish, record_act, recorded_acts
from tegata.registry.lists import MAX_DAYS
from tegata.trust.accreditation import Register, read_act


class NewAct(Noun, frozen=True, kw_only=True):
    """An act to take. Without `apply` it is only told whether it may follow those before it."""

    act: dict[str, Any]
    apply: bool = False


class Issue(Noun, frozen=True, kw_only=True):
    """The next list, good for `days`. Without `apply` it is drawn up, not logged."""

    days: int = MAX_DAYS
    apply: bool = False


def registry_table(services: LogServices) -> tuple[Row, ...]:
    registry = _Registry(services)
    return (
        ("GET", "/v1/registry", registry.show),
        ("GET", "/v1/registry/acts", registry.acts),
        ("POST", "/v1/registry/acts", registry.act),
        ("POST", "/v1/registry/list", registry.issue),
    )


class _Registry:
    def __init__(self, services: LogServices) -> None:
        self._s = services

    async def show(self, _: Request) -> Answer:
        register = await self._s.store.read(lambda tx: Register.of(recorded_acts(tx)))
        return 200, msgspec.to_builtins(register)

    async def acts(self, _: Request) -> Answer:
        return 200, await self._s.store.read(recorded_acts)

    async def act(self, request: Request) -> Answer:
        wanted, now = await read_noun(request, NewAct), self._s.clock.now()
        act = read_act(wanted.act)
        if wanted.apply:
            return 200, await self._s.store.write(lambda tx: record_act(tx, self._s.evidence, act, now))
        await self._s.store.read(lambda tx: Register.of(recorded_acts(tx)).after(act, now))
        return 200, {"index": None, "at": now, "act": act}

    async def issue(self, request: Request) -> Answer:
        wanted, now = await read_noun(request, Issue), self._s.clock.now()
        if not 1 <= wanted.days <= MAX_DAYS:
            raise UsageError(
                t(f"a list is good for 1 to {MAX_DAYS} days", f"リストの有効期間は 1 から {MAX_DAYS} 日です")
            )
        if wanted.apply:
            return 200, await self._s.store.write(lambda tx: publish(tx, self._s.evidence, now, wanted.days))
        return 200, await self._s.store.read(lambda tx: draft(tx, now, wanted.days))
