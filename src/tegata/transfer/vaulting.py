"""Tokens at a node: each agreement that asks for them has a vault of its own, which its log knows of before the first
token is handed out. One that is gone afterwards is never made anew: its tokens would be others, and look alike."""

from __future__ import annotations

import asyncio
import datetime as dt
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from tegata.exchange import Home
from tegata.log import is_commitment
from tegata.model.base import t
from tegata.model.catalog import TOKENISE, Agreement, Dataset
from tegata.model.decision import Condition
from tegata.model.errors import InputError, StoreError, TegataError
from tegata.model.evidence import Entry
from tegata.model.plan import Release
from tegata.protect.compile import days_kept
from tegata.store import Transaction, agreements
from tegata.store import log as rows
from tegata.vault.sealing import KEY_BYTES
from tegata.vault.vaults import Keeping, Vaults

if TYPE_CHECKING:
    from tegata.protect.means import Tokens
    from tegata.vault import Vault

MADE, DESTROYED = "vault_made", "vault_destroyed"
"""Kinds of log entries about the vault of an agreement."""

_SWEEP_SECONDS: Final = 3600
_log = structlog.get_logger("tegata.vault")


class VaultGoneError(TegataError):
    """The vault of an agreement was destroyed, or lost."""

    code = "vault"


class VaultDesk:
    """The vaults of a node; None: it keeps none."""

    def __init__(self, home: Home, vaults: Vaults | None) -> None:
        self._home = home
        self._vaults = vaults

    async def keeping(self, agreement: Agreement, dataset: Dataset) -> Keeping | None:
        """Where the tokens of a release under the agreement are kept; None when it asks for none.

        Raises:
            VaultGoneError: the log knows of a vault that is not there. InputError: this node keeps none.
            StoreError: it cannot be made, or its entry not be recorded.
        """
        if not asks_for_tokens(agreement.conditions):
            return None
        if self._vaults is None:
            raise _keeps_none()
        known = await self._home.store.read(lambda tx: _is_known(tx, agreement.id))
        now = self._home.clock.now()
        if is_over(agreement, now) or (known and not await asyncio.to_thread(self._vaults.holds, agreement.id)):
            raise _gone(self._vaults.path_of(agreement.id))
        key = secrets.token_bytes(KEY_BYTES)
        path = await asyncio.to_thread(self._vaults.make, agreement.id, dataset.title.en, now, key)
        if not known:
            await self._home.store.write(lambda tx: self._record(tx, agreement))
        return Keeping(path, now)

    async def watch(self) -> None:
        """Destroy the vaults whose time is over, every hour, for ever."""
        while True:
            try:
                await self.sweep()
            except StoreError as error:
                _log.warning("vault.kept", why=str(error))
            await asyncio.sleep(_SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Destroy the vaults whose agreements say that it is time. The log says so first: what is cut short is done the
        next time. Raises StoreError."""
        if self._vaults is None:
            return
        for agreement in await asyncio.to_thread(self._vaults.kept):
            await self._end(self._vaults, agreement)

    async def _end(self, vaults: Vaults, name: str) -> None:
        now = self._home.clock.now()
        agreement = await self._home.store.read(lambda tx: agreements.get(tx, name))
        if agreement is not None and is_over(agreement, now):
            await self._home.store.write(lambda tx: self._record(tx, agreement, DESTROYED))
            await asyncio.to_thread(vaults.destroy, name, "agreed", now)

    def _record(self, tx: Transaction, agreement: Agreement, kind: str = MADE) -> None:
        if not _is_known(tx, agreement.id, kind):
            body = {"dataset": agreement.dataset, "recipient": agreement.consumer}
            self._home.evidence.record(tx, kind, agreement.id, body, self._home.clock.now())


class Clerk:
    """Hands out tokens for one release, of one table or of many. `chain`: of the vault's acts, after the last one."""

    def __init__(self, vault: Vault, at: dt.datetime) -> None:
        self._vault, self._at = vault, at
        self.chain = ""

    def hand_out(self, source: str, make: Callable[[Tokens], Release]) -> Release:
        """As `Vault.released`."""
        release, act = self._vault.released(source, self._at, make)
        self.chain = act.chain
        return release


@contextmanager
def clerk_of(keeping: Keeping | None) -> Iterator[Clerk | None]:
    """Raises as `Keeping.open`."""
    if keeping is None:
        yield None
        return
    with keeping.open() as vault:
        yield Clerk(vault, keeping.at)


def asks_for_tokens(conditions: Sequence[Condition]) -> bool:
    return any(condition.verb == TOKENISE for condition in conditions)


def is_over(agreement: Agreement, now: dt.datetime) -> bool:
    """Whether its vault is to be gone by now: the shortest of what its conditions say, from the agreement on."""
    asked = [days_kept(one) for one in agreement.conditions if one.verb == TOKENISE]
    days = min((one for one in asked if one is not None), default=None)
    return days is not None and now >= agreement.signed_at + dt.timedelta(days=days)


def _is_known(tx: Transaction, agreement: str, kind: str = MADE) -> bool:
    entries = (data for _, data in rows.of_subject(tx, agreement) if not is_commitment(data))
    return any(msgspec.json.decode(data, type=Entry).kind == kind for data in entries)


def _gone(path: Path) -> VaultGoneError:
    return VaultGoneError(
        t("the vault of this agreement is gone", "この合意の保管庫がありません"),
        why=t(
            "it was destroyed or lost, and what its tokens stand for with it",
            "破棄または喪失され、トークンの元の値は失われました",
        ),
        hint=t(f"put `{path.name}` and its key back, or agree anew", f"`{path.name}` と鍵を戻すか、改めて合意します"),
    )


def _keeps_none() -> InputError:
    return InputError(
        t("this node keeps no vaults, so it hands out no tokens", "このノードに保管庫はなく、トークンを払い出せません"),
        why=t(
            "replicas that share a database must share one folder of vaults too",
            "データベースを共有するノードは、保管庫のフォルダも共有する必要があります",
        ),
        hint=t("name it in node.yaml: `vaults`", "node.yaml の `vaults` で指定します"),
    )
