"""What an agent may do with an access key: look for data, have terms explained, ask for an agreement, and question data
that is agreed.

An agent that works for a participant speaks here to the provider. It agrees to nothing itself: what it asks for is
offered to the participant's own node, where it waits for a person (`tegata node negotiations accept`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, NamedTuple

import msgspec

from tegata.contracts import Contracts
from tegata.doors import allowance
from tegata.doors.guard import Guard, Opened
from tegata.doors.query import Question, answer
from tegata.doors.renditions import Renditions
from tegata.exchange import Home
from tegata.identity import peers
from tegata.model.base import Language, Noun, digest, t
from tegata.model.catalog import Dataset, Participant
from tegata.model.decision import Condition, Decision
from tegata.model.errors import InputError, ProtocolError, UsageError
from tegata.model.process import Negotiation
from tegata.store import Transaction, datasets, decisions, negotiations, transfers
from tegata.store.datasets import Wanted
from tegata.transfer.contents import Content
from tegata.transfer.handover import recorded_release

_AT_ONCE: Final = 2
"""So many questions are answered at a time: each takes the processors."""

_FORM: Final = "parquet"
_SAMPLE: Final = 20


class Search(Noun, frozen=True, kw_only=True):
    """Words that title or description must hold; none for everything."""

    query: Annotated[str, msgspec.Meta(max_length=200)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20


class Explain(Noun, frozen=True, kw_only=True):
    """A data set of the catalogue; none for the agreement that the access key belongs to."""

    dataset: str = ""
    language: Language = "en"


class Wish(Noun, frozen=True, kw_only=True):
    dataset: str


class Status(Noun, frozen=True, kw_only=True):
    """A negotiation that was asked for; none for the transfer that the access key opens."""

    negotiation: str = ""


class Preview(Noun, frozen=True, kw_only=True):
    """`table` is needed where there are several."""

    table: str = ""
    rows: Annotated[int, msgspec.Meta(ge=1, le=_SAMPLE)] = 5


class Ask(Question, frozen=True, kw_only=True):
    """A question to one table. `table` is needed where there are several."""

    table: str = ""


class Tool(NamedTuple):
    """One thing that an agent may do. `asks`: the shape of what it has to say for it."""

    name: str
    about: str
    asks: type[Noun]
    do: Callable[[Opened, Any], Awaitable[Any]]


class AgentDesk:
    """Serves agents."""

    def __init__(self, home: Home, guard: Guard, renditions: Renditions, contracts: Contracts) -> None:
        self._home = home
        self._guard = guard
        self._renditions = renditions
        self._contracts = contracts
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def tools(self) -> tuple[Tool, ...]:
        return (
            Tool("search_catalog", "Find data sets that this provider offers to you.", Search, self.search),
            Tool(
                "explain_terms",
                "Explain in words (English or Japanese) under which terms you have the agreed data, or could have "
                "another data set: outcome, duties, and what is still to be answered.",
                Explain,
                self.explain,
            ),
            Tool(
                "request_agreement",
                "Ask for another data set. The provider sends an offer to your own node, where a person has to accept "
                "it; nothing is agreed by this call.",
                Wish,
                self.request,
            ),
            Tool("agreement_status", "See how a request, or the agreed transfer, stands.", Status, self.status),
            Tool(
                "preview",
                "Show the columns with their types, and the first rows, of the agreed data.",
                Preview,
                self.preview,
            ),
            Tool(
                "query_agreed",
                "Ask the agreed data for rows or figures (count, sum, mean ...), filtered and grouped. At most 1,000 "
                "rows and 256 KiB. The answer tells your duties and a receipt in the provider's evidence log.",
                Ask,
                self.query,
            ),
        )

    async def search(self, opened: Opened, asked: Search) -> Any:
        def found(tx: Transaction) -> list[dict[str, Any]]:
            peer = peers.find(tx, opened.agreement.consumer)
            page = datasets.page(tx, Wanted(asked.query), limit=asked.limit)
            return [_shown(one, self._contracts.outlook(tx, one, peer)) for one in page.datasets]

        return {"datasets": await self._home.store.read(found)}

    async def explain(self, opened: Opened, asked: Explain) -> Any:
        if not asked.dataset or asked.dataset == opened.agreement.dataset:
            return await self._home.store.read(lambda tx: _agreed(tx, opened, asked.language))
        dataset, peer = await self._home.store.read(lambda tx: _parties(tx, opened, asked.dataset))
        decision = await self._home.store.read(lambda tx: self._contracts.outlook(tx, dataset, peer))
        return {"dataset": dataset.id, "agreed": False} | _terms(decision, asked.language)

    async def request(self, opened: Opened, asked: Wish) -> Any:
        dataset, peer = await self._home.store.read(lambda tx: _parties(tx, opened, asked.dataset))
        before = await self._home.store.read(lambda tx: _pending(tx, peer.id, dataset.id))
        made = before or await self._contracts.provider.propose(peer, dataset)
        return {
            "negotiation": made.id,
            "state": made.state,
            "next": "your operator accepts or refuses the offer at your own node: tegata node negotiations list",
        }

    async def status(self, opened: Opened, asked: Status) -> Any:
        if not asked.negotiation:
            return await self._home.store.read(lambda tx: self._own_status(tx, opened))
        found = await self._home.store.read(lambda tx: negotiations.get(tx, asked.negotiation))
        if found is None or found.peer != opened.agreement.consumer:
            raise UsageError(
                t(f"there is no negotiation `{asked.negotiation}`", f"交渉 `{asked.negotiation}` はありません")
            )
        why = [reason.en for reason in found.reasons]
        return {"negotiation": found.id, "dataset": found.dataset, "state": found.state, "code": found.code, "why": why}

    def _own_status(self, tx: Transaction, opened: Opened) -> dict[str, Any]:
        transfer, now = transfers.get(tx, opened.key.transfer), self._home.clock.now()
        said = {"agreement": opened.agreement.id, "transfer": opened.key.transfer}
        said |= {"state": transfer.state if transfer else ""}
        return said | {"today": allowance.asked(tx, opened, now), "most_a_day": allowance.allowed(opened)}

    async def preview(self, opened: Opened, asked: Preview) -> Any:
        return await self._answered(opened, Ask(table=asked.table, limit=asked.rows))

    async def query(self, opened: Opened, asked: Ask) -> Any:
        return await self._answered(opened, asked)

    async def _answered(self, opened: Opened, question: Ask) -> Any:
        """Rows, with what obliges whoever reads them. What leaves is recorded before it does."""
        table, now = _table(opened, question.table), self._home.clock.now()
        await self._home.store.read(lambda tx: allowance.refuse_beyond(tx, opened, now))
        item = await self._renditions.get(opened, table, _FORM)
        async with self._turns:
            found = await asyncio.to_thread(answer, item.whole.path, item.columns, question)
        await self._guard.hand_out(opened, item.name)
        body = {
            "agreement": opened.agreement.id,
            "data_digest": item.digest,
            "question": digest(question),
            "rows": len(found.rows),
        }
        transfer = opened.transfer

        def told(tx: Transaction) -> int:
            recorded_release(tx, transfer)  # it may have been suspended while the answer was sought
            allowance.count(tx, opened, now, len(found.rows))
            return self._home.evidence.record(tx, "door_query", transfer, body, now)[0]

        index = await self._home.store.write(told)
        kinds = {column.name: column.type for column in item.columns}
        return {
            "columns": [{"name": name, "type": kinds.get(name, "figure")} for name in found.columns],
            "rows": found.rows,
            "more": found.more,
            "duties": _duties(opened.agreement.conditions, "en"),
            "receipt": {"log": self._home.did, "entry": index},
        }


def _table(opened: Opened, name: str) -> Content:
    """The table of that name, or the only one. UsageError otherwise, with those that there are."""
    names = [one.name for one in opened.tables]
    if name.lower() in names:
        return opened.table(name)
    if not name and len(names) == 1:
        return opened.tables[0]
    some, which = ", ".join(names[:50]) or "-", t("say which table", "表を指定してください")
    what = t(f"there is no table `{name}`", f"表 `{name}` はありません") if name else which
    raise UsageError(what, hint=t(f"tables: {some}", f"表: {some}"))


def _shown(dataset: Dataset, decision: Decision) -> dict[str, Any]:
    """A data set, and what would be decided of it today."""
    return {
        "id": dataset.id,
        "title": dataset.title,
        "description": dataset.description,
        "rows": dataset.profile.rows,
        "published": dataset.published_at,
        "outcome": decision.outcome.value,
    }


def _agreed(tx: Transaction, opened: Opened, language: Language) -> dict[str, Any]:
    decision = decisions.get(tx, opened.agreement.decision_digest)
    if decision is None:
        raise ProtocolError("not found", status=404)
    said = {"dataset": opened.agreement.dataset, "agreed": True, "agreement": opened.agreement.id}
    said["tables"] = [one.name for one in opened.tables]
    terms = _terms(decision, language) | {"duties": _duties(opened.agreement.conditions, language)}
    return said | {"signed_at": opened.agreement.signed_at, "until": opened.key.expires} | terms


def _terms(decision: Decision, language: Language) -> dict[str, Any]:
    return {
        "outcome": decision.outcome.value,
        "duties": _duties(decision.conditions, language),
        "questions": [missing.question.say(language) for missing in decision.missing],
    }


def _duties(conditions: tuple[Condition, ...], language: Language) -> list[dict[str, Any]]:
    return [
        {"duty": one.verb, "says": one.say.say(language), "because": [cited.ref for cited in one.citations]}
        for one in conditions
    ]


def _parties(tx: Transaction, opened: Opened, name: str) -> tuple[Dataset, Participant]:
    dataset = datasets.get(tx, name)
    if dataset is None:
        raise InputError(
            t(f"there is no data set `{name}`", f"データセット `{name}` はありません"),
            hint=t("look for it with `search_catalog`", "`search_catalog` で探してください"),
        )
    return dataset, peers.find(tx, opened.agreement.consumer)


def _pending(tx: Transaction, peer: str, dataset: str) -> Negotiation | None:
    """An offer that this participant has not answered yet: nobody is asked twice."""
    after = ""
    while page := negotiations.in_state(tx, "OFFERED", after):
        for one in page:
            if (one.peer, one.dataset, one.role) == (peer, dataset, "provider"):
                return one
        after = page[-1].id
    return None
