"""Bringing a folder of trusted lists up to date: the list of lists, its pivots, the lists that it points to.

Authenticity is that of the signatures, not of the servers; still everything goes through the gate, with its rules. It
fails closed: what is not signed by whom the list of lists names, not in time, or older than what is there, is not
taken. What was there stays in use while it holds, and why nothing newer came is told.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, NamedTuple, Protocol
from urllib.parse import urljoin

from tegata.lists.folder import ROOT, Fetched, ListFolder, Tag, member_name, pivot_name
from tegata.model.base import Noun, Progress, Text, t
from tegata.model.errors import InputError, OutboundError, PeerError, TegataError, VerificationError
from tegata.model.trusted_list import ListPointer, TrustedList
from tegata.outbound import Answer
from tegata.trust.lists import (
    Change,
    changes,
    check_fresh,
    members_of,
    open_list_of_lists,
    open_member,
    pivots_of,
    read_xml_list,
)

SECONDS: Final = 600  # for all of it
_MOST: Final = 32 << 20  # bytes of one list, as many as are read
_AT_ONCE: Final = 6
_REDIRECTS: Final = 3
_MOST_PIVOTS: Final = 24


State = Literal["new", "newer", "unchanged", "kept", "missing"]
"""`kept`: no newer one could be had, the one before is used. `missing`: none may be used."""


class Gate(Protocol):
    """The way out (`tegata.outbound.Outbound`)."""

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int = ...
    ) -> Answer: ...


class Told(Noun, frozen=True, kw_only=True):
    """What became of one list. `sequence` is the number in use now, `was` the one before; 0 where there is none."""

    territory: str
    location: str
    state: State
    sequence: int = 0
    was: int = 0
    problem: Text | None = None


class Update(NamedTuple):
    """A folder as it will be. Nothing is written before `apply`."""

    root: Told
    members: tuple[Told, ...]
    changes: tuple[Change, ...]
    files: Mapping[str, bytes]
    superseded: tuple[str, ...]
    root_data: bytes
    fetched: Fetched

    def apply(self, folder: ListFolder) -> None:
        """StoreError when it cannot be written; the folder then still holds what it held."""
        folder.put(self.files, self.root_data, self.fetched)
        folder.drop(self.superseded)


class _Got(NamedTuple):
    """A list as it is published now; `new` where it came just now."""

    data: bytes
    tag: Tag | None
    new: bool


class _Member(NamedTuple):
    told: Told
    found: TrustedList | None = None
    before: TrustedList | None = None
    got: _Got | None = None


async def update(
    gate: Gate,
    folder: ListFolder,
    url: str,
    anchors: Sequence[bytes],
    at: dt.datetime,
    progress: Progress | None = None,
) -> Update:
    """What the folder would be after an update.

    Args:
        url: of the list of lists; empty for the one that was fetched before.
        anchors: certificates (DER) of who may sign it, now or through its pivots.

    Raises:
        OutboundError, PeerError: the list of lists cannot be fetched, or not in time.
        InputError, VerificationError: it cannot be used, or there is no address.
    """
    try:
        async with asyncio.timeout(SECONDS):
            return await _Updating(gate, folder, url, at).all(anchors, progress)
    except TimeoutError:
        raise PeerError(
            t(f"the lists could not be fetched in {SECONDS} s", f"{SECONDS} 秒以内にリストを取得できません"),
            hint=t("what was there is unchanged; try again later", "既存のものは変わりません。後でやり直してください"),
        ) from None


class _Updating:
    def __init__(self, gate: Gate, folder: ListFolder, url: str, at: dt.datetime) -> None:
        self._gate = gate
        self._folder = folder
        self._at = at
        self._known = folder.fetched()
        self._url = url or self._known.url
        self._turns = asyncio.Semaphore(_AT_ONCE)
        if not self._url:
            raise InputError(
                t("where the list of lists is published is not known", "リストのリストの公開場所が分かりません"),
                hint=t("name its address with `--url`", "`--url` でアドレスを指定してください"),
            )

    async def all(self, anchors: Sequence[bytes], progress: Progress | None) -> Update:
        got = await self._fetch(self._url, ROOT)
        pivots = await self._pivots(got.data, anchors)
        root = await asyncio.to_thread(open_list_of_lists, got.data, anchors, {**self._folder.pivots(), **pivots})
        check_fresh(root, self._at)
        told = self._root_told(root)
        pointers = {pointer.territory: pointer for pointer in reversed(members_of(root))}  # of two, the first
        async with asyncio.TaskGroup() as group:
            waiting = [group.create_task(self._member(pointer)) for pointer in reversed(pointers.values())]
            for done, one in enumerate(waiting, 1):
                await one
                if progress is not None:
                    progress(done, len(waiting))
        return self._update(told, got, pivots, [one.result() for one in waiting])

    async def _pivots(self, root: bytes, anchors: Sequence[bytes]) -> dict[str, bytes]:
        """Those that are named, where neither the anchors nor the pivots at hand lead to the list of lists."""
        with contextlib.suppress(VerificationError):
            await asyncio.to_thread(open_list_of_lists, root, anchors, self._folder.pivots())
            return {}
        named = {name: address for address in pivots_of(root) if (name := pivot_name(address))}
        found = dict[str, bytes]()
        for name, address in list(named.items())[:_MOST_PIVOTS]:
            with contextlib.suppress(PeerError, OutboundError):  # one from before the anchors is not needed
                found[name] = (await self._fetch(address, name)).data
        return found

    def _root_told(self, root: TrustedList) -> Told:
        """Raises VerificationError for one that is older than the one that is kept: somebody shows an old state."""
        kept = self._kept(ROOT)
        was = kept.sequence if kept else 0
        if root.sequence < was:
            raise _older(root.sequence, was)
        state: State = "unchanged" if root.sequence == was else "newer" if was else "new"
        return Told(territory=root.territory, location=self._url, state=state, sequence=root.sequence, was=was)

    async def _member(self, pointer: ListPointer) -> _Member:
        """Never raises for what a server or a list does."""
        kept = await asyncio.to_thread(self._kept, self._file(pointer))
        was = kept.sequence if kept else 0
        try:
            async with self._turns:
                got = await self._fetch(pointer.location, self._file(pointer))
            found = await asyncio.to_thread(open_member, got.data, pointer, self._at)
            if found.sequence < was:
                raise _older(found.sequence, was)
            _check_name(found)
        except TegataError as error:
            usable = was if kept is not None and await asyncio.to_thread(self._usable, pointer) else 0
            told = _told(pointer, "kept" if usable else "missing", usable, was, error.said)
            return _Member(told, before=kept)
        state: State = "unchanged" if found.sequence == was else "newer" if was else "new"
        return _Member(_told(pointer, state, found.sequence, was), found, kept, got)

    def _kept(self, file: str) -> TrustedList | None:
        """A list in the folder, which was verified when it came; None where there is none, or it is damaged."""
        try:
            return read_xml_list(data) if file and (data := self._folder.read(file)) else None
        except InputError:
            return None

    def _usable(self, pointer: ListPointer) -> bool:
        try:
            open_member(self._folder.read(self._file(pointer)), pointer, self._at)
        except TegataError:
            return False
        return True

    def _file(self, pointer: ListPointer) -> str:
        return next(iter(self._folder.members(pointer.territory)), "")

    async def _fetch(self, url: str, file: str) -> _Got:
        """What is at an address, or in our file where the server says that this is still it."""
        tag = self._known.tags.get(url)
        kept = self._folder.read(file) if tag is not None and file and tag.file == file else b""
        asked = _conditions(tag) if tag is not None and kept else {}
        answer = await self._request(url, asked)
        if answer.status == 304 and kept:
            return _Got(kept, tag, new=False)
        if answer.status != 200:
            raise PeerError(
                t(f"nothing can be had from `{url[:200]}`", f"`{url[:200]}` から取得できません"),
                why=t(f"the server answers with status {answer.status}", f"サーバーの応答は {answer.status} でした"),
            )
        headers = answer.headers
        tag = Tag(file=file, etag=headers.get("etag", "")[:200], modified=headers.get("last-modified", "")[:100])
        return _Got(answer.body, tag, new=True)

    async def _request(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Redirections are followed, each through the gate: whoever is asked, the signature decides."""
        for _ in range(_REDIRECTS):
            answer = await self._gate.request("GET", url, headers=headers, max_bytes=_MOST)
            if answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
                break
            url = _elsewhere(url, answer.headers["location"])
        return answer

    def _update(self, told: Told, got: _Got, pivots: Mapping[str, bytes], members: Iterable[_Member]) -> Update:
        files, tags, superseded = dict(pivots), dict[str, Tag](), list[str]()
        if got.tag is not None:
            tags[self._url] = got.tag
        for member in members:
            location, territory = member.told.location, member.told.territory
            if member.found is None or member.got is None:
                if location in self._known.tags:
                    tags[location] = self._known.tags[location]
                continue
            name = member_name(territory, member.found.sequence)
            if name and member.got.new:
                files[name] = member.got.data
                superseded += [old for old in self._folder.members(territory) if old != name]
            if name and member.got.tag is not None:
                tags[location] = Tag(file=name, etag=member.got.tag.etag, modified=member.got.tag.modified)
        changed = [change for one in members if one.found and one.before for change in changes(one.before, one.found)]
        found = Fetched(url=self._url, tags=tags)
        listed = tuple(one.told for one in members)
        return Update(told, listed, tuple(changed), files, tuple(superseded), got.data, found)


def _told(pointer: ListPointer, state: State, sequence: int, was: int, problem: Text | None = None) -> Told:
    return Told(
        territory=pointer.territory,
        location=pointer.location,
        state=state,
        sequence=sequence,
        was=was,
        problem=problem,
    )


def _check_name(found: TrustedList) -> None:
    if not member_name(found.territory, found.sequence):
        raise InputError(
            t(
                f"`{found.territory[:8]}` is not the name of a territory",
                f"`{found.territory[:8]}` は領域名ではありません",
            )
        )


def _elsewhere(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise PeerError(t(f"`{url[:200]}` leads nowhere", f"`{url[:200]}` の転送先が正しくありません")) from None


def _conditions(tag: Tag) -> dict[str, str]:
    """RFC 9110 section 13.1: the list, unless it is still the one that we have."""
    named = {"If-None-Match": tag.etag, "If-Modified-Since": tag.modified}
    return {name: value for name, value in named.items() if value}


def _older(sequence: int, was: int) -> VerificationError:
    return VerificationError(
        t(f"it is older than the one that is there: number {sequence}", f"既存のものより古い番号 {sequence} です"),
        why=t(f"number {was} was fetched before", f"以前に番号 {was} を取得しました"),
    )
