"""The guard of all doors: who proves a key gets what it opens, while the transfer is started, and no more.

Each door has its own way to prove a key (a bearer token, a signed link, a signed request); what follows from it is
decided here, once for all of them.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from tegata.api.budget import Budget
from tegata.exchange import Home
from tegata.model.base import Text, t
from tegata.model.catalog import Agreement
from tegata.model.errors import ProtocolError
from tegata.store import Transaction, agreements, datasets, releases, transfers, uses, versions
from tegata.store.releases import StoredRelease
from tegata.store.uses import Use
from tegata.store.versions import Delivered
from tegata.transfer.access import AccessKey, KeyRing, read_token
from tegata.transfer.contents import Content, contents_of, named
from tegata.transfer.handover import Handover, is_recorded, recorded_release
from tegata.transfer.watch import Watch, is_started

_NOBODY: Final = ""
_ENDED: Final = t("the transfer has ended, and its doors are shut", "転送は終了し、入口は閉じられました")


@dataclass(frozen=True)
class Opened:
    """What a key opens: the release of its transfer, or of another under the same agreement, and what was agreed.
    `number`: which version of the data it is, counted under the agreement; `at`: since when."""

    key: AccessKey
    release: StoredRelease
    agreement: Agreement
    title: Text
    number: int
    at: dt.datetime

    @property
    def transfer(self) -> str:
        """That of the release."""
        return self.release.transfer

    @cached_property
    def contents(self) -> tuple[Content, ...]:
        """Its tables and files."""
        return contents_of(self.release.release, self.title)

    @property
    def tables(self) -> tuple[Content, ...]:
        return tuple(one for one in self.contents if one.is_table)

    def table(self, name: str) -> Content:
        """The table that is called so. Raises as `content` does."""
        found = self.content(name)
        if not found.is_table:
            raise ProtocolError(t(f"`{name}` is no table", f"`{name}` は表ではありません"), status=404)
        return found

    def content(self, name: str) -> Content:
        """The table or file that is called so. Raises as `named` does."""
        return named(self.contents, name)


class Guard:
    """Stands at every door."""

    def __init__(self, home: Home, keys: KeyRing, handover: Handover, budget: Budget) -> None:
        self._home = home
        self._keys = keys
        self._handover = handover
        self._budget = budget
        self._since: dt.datetime | None = None
        self._handed: set[tuple[str, str]] = set()

    def now(self) -> dt.datetime:
        """The time by which all doors open and shut."""
        return self._home.clock.now()

    async def enter(
        self, key_id: str, proves: Callable[[AccessKey], bool], since: float = -math.inf, until: float = math.inf
    ) -> Opened:
        """What the key of that id opens.

        Args:
            proves: whether the request shows that its sender holds the secret of the key.
            since, until: when this proof is good, in seconds since 1970; the key is until it expires.

        Raises:
            ProtocolError: 401 for a key that is not proven; 403 when key or proof are too old, or not yet good, and
                while the transfer is suspended or once it has ended; 404 when nothing was prepared; 429 for too many
                requests.
        """
        key = self._keys.find(key_id)
        if key is None or not proves(key):
            await self._budget.spend(_NOBODY)
            raise ProtocolError(t("the access key is not valid", "アクセスキーが正しくありません"), status=401)
        if not since <= self.now().timestamp() < min(until, key.expires.timestamp()):
            raise ProtocolError(
                t("the access has expired", "アクセスの有効期限が切れています"),
                status=403,
                hint=t(
                    "ask for a new link, or for the data set again",
                    "新しいリンクかデータセットを改めて要求してください",
                ),
            )
        opened = await self._home.store.read(lambda tx: _opened(tx, key))
        await self._budget.spend(opened.agreement.consumer)
        return opened

    async def enter_with_token(self, authorization: str) -> Opened:
        """The same for an `Authorization` header with a bearer token. Raises as `enter` does."""
        scheme, _, token = authorization.partition(" ")
        key_id, secret = read_token(token.strip())
        bearer = scheme.lower() == "bearer"
        return await self.enter(key_id, lambda key: bearer and key.is_proven_by(secret))

    async def hand_out(self, opened: Opened, file: str) -> None:
        """A file of the release is about to leave: durably counted in this window, with an entry in the log, and its
        people have gone. Raises ProtocolError 410 when that ends the transfer, 404 when it has ended."""
        now = self.now()
        if self._since != day_of(now):
            self._since, self._handed = day_of(now), set()
        if (opened.transfer, file) in self._handed:  # by this process, and durable: the next request costs nothing
            return
        version = opened.release.release.digest
        use = Use(agreement=opened.agreement.id, version=version, file=file, since=self._since, at=now)
        ended = await self._home.store.write(lambda tx: self._count(tx, opened, use))
        if ended is not None:
            raise ProtocolError(t("the transfer has ended", "転送は終了しました"), status=410, why=ended)
        self._handed.add((opened.transfer, file))

    async def versions(self, opened: Opened) -> tuple[Opened, ...]:
        """All that was delivered under the agreement and is open now, in order: each while its own transfer is started
        and its own key has not expired."""
        return await self._home.store.read(lambda tx: self._versions(tx, opened))

    async def latest(self, opened: Opened) -> Opened:
        return (await self.versions(opened))[-1]

    async def version_of(self, opened: Opened, transfer: str) -> Opened:
        """The version that a transfer delivered. ProtocolError 403 when the key does not open it."""
        if transfer == opened.transfer:
            return opened
        for one in await self.versions(opened):
            if one.transfer == transfer:
                return one
        raise ProtocolError(t("the key does not open this", "このキーでは開けません"), status=403)

    def going(self, opened: Opened) -> Callable[[int], Coroutine[Any, Any, bool]]:
        """Tells, while it is being handed out, whether so many bytes more may go: as long as both the transfer that
        delivered it and that of the key are started."""
        of_key = [] if opened.transfer == opened.key.transfer else [Watch(self._home.store, opened.key.transfer)]
        watches = [self._handover.watch(opened.transfer), *of_key]

        async def going(size: int) -> bool:
            return all([await watch.going(size) for watch in watches])

        return going

    def _versions(self, tx: Transaction, opened: Opened) -> tuple[Opened, ...]:
        found, now = list[Opened](), self.now()
        for one in versions.of_agreement(tx, opened.agreement.id):
            process = transfers.get(tx, one.transfer)
            if process and is_started(process) and self._keys.key_of(process.id, process.created_at).expires > now:
                release = recorded_release(tx, one.transfer)
                found.append(replace(opened, release=release, number=one.number, at=one.at))
        return tuple(found) or (opened,)

    def _count(self, tx: Transaction, opened: Opened, use: Use) -> Text | None:
        """Count a use; or why there is none, and the transfer has ended: its file is lost, or it would be too much."""
        transfer = opened.transfer
        if self._handover.take(tx, transfer) is None:
            ended = transfers.get(tx, transfer)
            return next(iter(ended.reasons), _ENDED) if ended else _ENDED
        if uses.count(tx, use):
            body = {"agreement": use.agreement, "data_digest": use.version, "file": use.file, "since": use.since}
            self._home.evidence.record(tx, "door_use", transfer, body, use.at)
        return None


def day_of(now: dt.datetime) -> dt.datetime:
    """Where the window of a use begins, a UTC day: tools read a file in many requests, which are one use of it."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _opened(tx: Transaction, key: AccessKey) -> Opened:
    """The one place in which the state of a transfer opens its doors, or shuts them."""
    process, release = transfers.get(tx, key.transfer), releases.get(tx, key.transfer)
    if process is None or release is None:
        raise ProtocolError(t("nothing is prepared here", "ここには何も用意されていません"), status=404)
    if not is_started(process):
        raise _shut(process.state)
    agreement = agreements.get(tx, process.agreement)
    dataset = datasets.get(tx, agreement.dataset) if agreement else None
    if agreement is None or dataset is None or not is_recorded(tx, release):
        raise ProtocolError("not found", status=404)
    delivered = {one.transfer: one for one in versions.of_agreement(tx, agreement.id)}
    own = delivered.get(key.transfer, Delivered(0, key.transfer, agreement.signed_at))
    return Opened(key, release, agreement, dataset.title, own.number, own.at)


def _shut(state: str) -> ProtocolError:
    if state == "SUSPENDED":
        return ProtocolError(
            t("the transfer is suspended", "転送は一時停止中です"),
            status=403,
            hint=t("try again once it is resumed", "再開後にもう一度お試しください"),
        )
    return ProtocolError(
        _ENDED,
        status=403,
        hint=t("ask for the data set again", "データセットを改めて要求してください"),
    )
