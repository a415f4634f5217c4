"""A context broker as a destination: each row of what was received is an entity there (NGSI-LD, NGSIv2).

A broker has no transactions, so a table is laid many entities at a time, each request safe to be repeated. That all of
it lies there is said by an entity of its own, which comes last. Every row leads to it (`tegataReceived`), and nothing
else is ever replaced. Through the gate, as its node's settings allow.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec

from tegata.catalog.fetching import PAUSES
from tegata.cli.destination import Destination, not_laid
from tegata.cli.entity_rows import RECEIVED, EntityRows, Names
from tegata.cli.placing import PASSPORT
from tegata.model.base import Text, t
from tegata.model.errors import InputError, PeerError, UsageError
from tegata.node.config import read_config
from tegata.outbound import Answer, Outbound
from tegata.tables import digest_file, open_source
from tegata.tables.pack import MANIFEST
from tegata.wire.ngsi import V2, Ask, Entity, Form, LinkedData, Refused, found_in, is_context, link, refusals

_TYPE: Final = "TegataReceived"
_OPTIONS: Final = frozenset({"type", "id", "context", "text"})
_MOST: Final = 100  # entities of a request
_LONGEST: Final = 256 << 10  # bytes of one, but for a single entity that is longer
_ANSWER: Final = 16 << 20  # bytes
_SHOWN: Final = 5  # entities that are named when a broker refuses some
_LATER: Final = frozenset({408, 429, 500, 502, 503, 504})
_HINT: Final = t(
    "the broker must let us query and update entities; what lies there already may be laid again",
    "エンティティの検索と更新を許可するブローカーが必要です。もう一度実行しても重複しません",
)
_T = TypeVar("_T")


class Entities(Destination):
    """What a broker knows. `address`: `https://broker/ngsi-ld/v1/entities?type=Sensor`, as a source is named."""

    def __init__(self, address: str, node: Path) -> None:
        self._names = _names(address)
        parts = urlsplit(address)
        self._root = f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/entities')}"
        self._form: Form = LinkedData() if "/ngsi-ld/" in parts.path else V2()
        self._policy = read_config(node).outbound.policy()

    def shown(self, name: str) -> str:
        return f"{self._root}/entities/{_marker(name)}"

    def is_taken(self, name: str) -> bool:
        return bool(self._asked(name, lambda broker: broker.there([{"id": _marker(name), "type": _TYPE}])))

    def put(self, name: str, file: Path) -> None:
        if name.endswith((PASSPORT, MANIFEST)):
            document = {"document": _in_signs_of_brokers(file.read_text("utf-8"))}
            self._asked(name, lambda broker: broker.mark(name, document))
            return
        try:
            rows = EntityRows(open_source(file), self._names, self._form)
        except InputError as error:
            raise not_laid(self.shown(name), error.why or error.what, error.hint or _HINT) from error
        said = {"rows": rows.count, "digest": digest_file(file)}

        async def lay(broker: _Broker) -> None:
            there = {one for batch in _batches(rows.entities()) for one in await broker.ours(batch, name)}
            refused = [one for batch in _batches(rows.entities()) for one in await broker.lay(batch, name, there)]
            if refused:
                raise not_laid(self.shown(name), _told(refused, rows.count), _HINT)
            await broker.mark(name, said)

        self._asked(name, lay)

    def _asked(self, name: str, ask: Callable[[_Broker], Coroutine[Any, Any, _T]]) -> _T:
        async def over() -> _T:
            gate = Outbound(self._policy)
            try:
                return await ask(_Broker(gate, self._root, self._form, link(self._names.context)))
            finally:
                await gate.close()

        try:
            return asyncio.run(over())
        except PeerError as error:
            raise not_laid(self.shown(name), error.why or error.what, _HINT) from error


class _Broker:
    """One context broker. PeerError: it does not answer, or not as one."""

    def __init__(self, gate: Outbound, root: str, form: Form, context: Mapping[str, str]) -> None:
        self._gate = gate
        self._root = root
        self._form = form
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", **context}

    async def there(self, entities: list[Entity]) -> list[Entity]:
        """Those of them that are there."""
        answer = await self._post(self._form.search(entities))
        found = found_in(answer.body) if answer.status == 200 else None
        if found is None:
            raise _strange(answer)
        return found

    async def ours(self, entities: list[Entity], name: str) -> set[str]:
        """Ids of those of them that are there. StoreError where one was not laid under this name."""
        found = await self.there(entities)
        for entity in found:
            if entity.get(RECEIVED) != _marker(name):
                known = t(f"`{entity['id'][:200]}` is somebody else's", f"`{entity['id'][:200]}` は別の人のものです")
                raise not_laid(self._root, known, t("choose other ids or types", "別の id か型を使ってください"))
        return {entity["id"] for entity in found}

    async def lay(self, entities: list[Entity], name: str, there: Set[str]) -> list[Refused]:
        """What of them the broker has not taken. `there`: ids of those that were there before."""
        led = [{**entity, RECEIVED: self._form.relation(_marker(name))} for entity in entities]
        answers = [await self._post(ask) for ask in self._form.laying(led, there)]
        return [one for answer in answers for one in refusals(answer.status, answer.body)]

    async def mark(self, name: str, said: Mapping[str, Any]) -> None:
        """That all of it lies there."""
        own = {key: self._form.attribute(value) for key, value in {"name": name, **said}.items()}
        marker: Entity = {"id": _marker(name), "type": _TYPE, **own}
        refused = await self.lay([marker], name, {entity["id"] for entity in await self.there([marker])})
        if refused:
            raise PeerError(t("the broker does not take it", "ブローカーが受け付けません"), why=_told(refused, 1))

    async def _post(self, ask: Ask) -> Answer:
        """Asked again where it may be otherwise later: each request can be repeated."""
        for pause in (*PAUSES, None):
            try:
                answer = await self._gate.request(
                    "POST", self._root + ask.path, headers=self._headers, content=ask.body, max_bytes=_ANSWER
                )
            except PeerError:
                if pause is None:
                    raise
            else:
                if answer.status not in _LATER or pause is None:
                    return answer
            await asyncio.sleep(pause)
        raise RuntimeError("unreachable")


def _names(address: str) -> Names:
    """UsageError: the query says what is not known here."""
    said = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    once = {name: value for name, value in said if name != "text"}
    many = [name for name, _ in said if name != "text"]
    context = once.get("context", "")
    if not {*many} <= _OPTIONS or len(once) < len(many) or "" in once.values() or (context and not is_context(context)):
        raise UsageError(
            t(f"nothing can be laid at `{address}`", f"`{address}` には置けません"),
            why=t("its query is not known here", "クエリを解釈できません"),
            hint=t(
                "it may say `type`, `id` (a column), `context` (an address) and `text` (columns)",
                "使えるのは `type`、`id`（列）、`context`（アドレス）、`text`（列）です",
            ),
        )
    return Names(**once, text=frozenset(value for name, value in said if name == "text"))


def _in_signs_of_brokers(document: str) -> str:
    """A passport as it is; what holds quotation marks, which many of NGSIv2 refuse, in base64url without padding."""
    if '"' not in document:
        return document
    return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


def _marker(name: str) -> str:
    """The entity that stands for a file."""
    own = quote(name, safe="")
    if len(own) > 200:  # brokers of NGSIv2 take 256 signs
        own = own[:150].rpartition("%")[0] + hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"urn:ngsi-ld:{_TYPE}:{own}"


def _batches(entities: Iterable[Entity]) -> Iterator[list[Entity]]:
    batch, size = list[Entity](), 0
    for entity in entities:
        own = len(msgspec.json.encode(entity))
        if batch and (len(batch) == _MOST or size + own > _LONGEST):
            yield batch
            batch, size = [], 0
        batch.append(entity)
        size += own
    if batch:
        yield batch


def _told(refused: list[Refused], count: int) -> Text:
    shown = "; ".join(f"{one.id}: {one.why}".removeprefix(": ") for one in refused[:_SHOWN])
    return t(
        f"{len(refused):,} of {count:,} were refused: {shown}",
        f"{count:,} 件中 {len(refused):,} 件が拒否されました: {shown}",
    )


def _strange(answer: Answer) -> PeerError:
    said = "; ".join(one.why for one in refusals(answer.status, answer.body)) or "200"
    return PeerError(
        t("the broker cannot be used", "ブローカーを利用できません"),
        why=t(f"it answers a query with {said}", f"検索への応答が {said} でした"),
    )
