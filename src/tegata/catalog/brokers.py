"""Entities of a context broker as a table: NGSI-LD (ETSI GS CIM 009) and NGSIv2, page by page, in the simplified form.

A broker has no snapshots. So it tells with every page how many entities there are, and none may come twice: what was
added or removed meanwhile is seen, and everything is read again. A value that changed between two pages is not seen: it
is one that the entity had while it was read. What the names mean, if the broker says it, is the column `@context`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from tegata.catalog.fetching import PAUSES, no_room, refused
from tegata.model.base import Text, t
from tegata.model.errors import InputError, PeerError
from tegata.outbound import Answer, Outbound
from tegata.wire.ngsi import context_of, found_in

_COUNTS: Final = {"/ngsi-ld/v1/entities": "ngsild-results-count", "/v2/entities": "fiware-total-count"}
"""Ends of paths that give entities, and the field that tells how many (CIM 009 6.3.13; NGSIv2, pagination)."""
_PAGE: Final = 1000  # entities; as many as NGSIv2 allows
_PAGE_BYTES: Final = 64 << 20
_MOST: Final = 1_000_000  # entities, whose ids are held in memory
_ATTEMPTS: Final = 3
_ACCEPT: Final = {"Accept": "application/json"}
_OURS: Final = frozenset({"limit", "offset", "options", "count"})


def is_broker(url: str) -> bool:
    """Whether an address asks a broker for entities."""
    return urlsplit(url).path.endswith(tuple(_COUNTS))


async def fetch_entities(outbound: Outbound, url: str, file: Path, most: int) -> None:
    """Every entity that the query of `url` selects, as a line of JSON; at most so many bytes.

    Raises:
        OutboundError, PeerError: as `fetching.fetch`. StoreError: the disk is full.
        InputError: there is none, there are too many, or they change faster than they can be read.
    """
    if _OURS & parse_qs(urlsplit(url).query, keep_blank_values=True).keys():
        raise _refused(url, t("its query pages by itself", "クエリにページ指定が含まれています"))
    for _ in range(_ATTEMPTS):
        try:
            with file.open("wb") as out:
                await _write(outbound, url, out, most)
            return
        except OSError as error:
            raise no_room(error) from error
        except _ChangedError:
            continue
    raise _refused(url, t("entities come and go while they are read", "読み取り中にエンティティが増減しています"))


class _ChangedError(Exception):
    """Other entities are there than when reading began."""


async def _write(outbound: Outbound, url: str, out: BinaryIO, most: int) -> None:
    seen: set[int] = set()
    async for entity in _entities(outbound, url):
        own = hash(entity["id"])  # two that meet are taken for a change, and read again
        if own in seen:
            raise _ChangedError
        seen.add(own)
        out.write(msgspec.json.encode(entity) + b"\n")
        if out.tell() > most:
            raise _refused(url, t(f"it gives more than {most:,} bytes", f"{most:,} バイトを超えます"))


async def _entities(outbound: Outbound, url: str) -> AsyncIterator[dict[str, Any]]:
    total, done = -1, 0
    while total < 0 or done < total:
        answer = await _page(outbound, url, done)
        page, count = _read(url, answer), _count(url, answer)
        if (total >= 0 and count != total) or not page:
            raise _ChangedError
        total = count
        context = context_of(answer.headers.get("link", ""))
        for entity in page:
            entity.pop("@context", None)
            yield entity | ({"@context": context} if context else {})
        done += len(page)
    if done > total:
        raise _ChangedError


async def _page(outbound: Outbound, url: str, offset: int) -> Answer:
    counting = "keyValues&count=true" if _is_linked_data(url) else "keyValues,count"
    joined = "&" if urlsplit(url).query else "?"
    asked = f"{url}{joined}limit={_PAGE}&offset={offset}&options={counting}"
    for pause in (*PAUSES, None):
        try:
            return await outbound.request("GET", asked, headers=_ACCEPT, max_bytes=_PAGE_BYTES)
        except PeerError:
            if pause is None:
                raise
            await asyncio.sleep(pause)
    raise RuntimeError("unreachable")


def _is_linked_data(url: str) -> bool:
    return "/ngsi-ld/" in urlsplit(url).path


def _read(url: str, answer: Answer) -> list[dict[str, Any]]:
    if answer.status != 200:
        raise refused(url, answer.status)
    page = found_in(answer.body)
    if page is not None:
        return page
    raise _refused(url, t("what it gives are no entities", "エンティティが返りませんでした"))


def _count(url: str, answer: Answer) -> int:
    said = answer.headers.get(next(name for end, name in _COUNTS.items() if urlsplit(url).path.endswith(end)), "")
    if not (said.isascii() and said.isdecimal() and len(said) < 19):
        raise _refused(url, t("the broker does not tell how many there are", "ブローカーが総数を返しません"))
    if int(said) > _MOST:
        raise _refused(url, t(f"it has more than {_MOST:,}", f"{_MOST:,} 件を超えます"))
    if int(said) == 0:
        raise _refused(url, t("there is none", "1 件もありません"))
    return int(said)


def _refused(url: str, why: Text) -> InputError:
    return InputError(
        t(f"the entities at `{url}` cannot be read", f"`{url}` のエンティティを読み取れません"),
        why=why,
        hint=t(
            "select them by `type` and `q`, as in ...?type=Sensor; pages are asked for by the node",
            "...?type=Sensor のように `type` と `q` で選択してください。ページ分けはノードが行います",
        ),
    )
