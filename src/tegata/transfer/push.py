"""Transfers whose consumer named an address: the provider brings the data there (DSP 2025-1, "push transfer").

What holds for the door holds here: before the first byte leaves its entry stands in the log and it is durable that the
people in it have gone, and before each block the transfer is looked at again.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import structlog
from msgspec import UNSET

from tegata.contracts import check_callback
from tegata.exchange import GIVE_UP_AFTER, Book, Home, paired
from tegata.model.base import t
from tegata.model.errors import OutboundError, PeerError, ProtocolError
from tegata.model.process import TransferProcess
from tegata.outbound import Outbound
from tegata.store import Transaction, pushes, transfers
from tegata.store.releases import StoredRelease
from tegata.transfer.handover import MEDIA, Handover
from tegata.transfer.watch import StoppedError, is_started
from tegata.wire.dsp import codec
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.address import HttpAddress, http_address

_BLOCK: Final = 256 << 10
_log = structlog.get_logger("tegata.push")


class PushDesk:
    """Brings releases to where their consumers want them."""

    def __init__(self, home: Home, book: Book[TransferProcess], handover: Handover, outbound: Outbound) -> None:
        self._home = home
        self._book = book
        self._handover = handover
        self._outbound = outbound

    def check(self, tx: Transaction, sender: str, message: m.TransferRequestMessage) -> None:
        """ProtocolError unless the request names an address of HTTP at which this participant may be met."""
        if message.data_address is UNSET:
            raise ProtocolError(f"format `{message.format}` needs a `dataAddress`")
        address = http_address(message.data_address)
        for url in filter(None, (address.endpoint, address.passport)):
            check_callback(tx, sender, url)

    async def push(self, transfer: TransferProcess) -> None:
        """STARTED: bring the data, then complete. What does not get through is brought again, from its beginning, for
        72 hours; what is refused, or lost, ends the transfer."""
        found = await self._home.store.write(lambda tx: self._hand_over(tx, transfer))
        if found is None:
            return
        release, address = found
        try:
            await self._bring(transfer.id, release, address)
        except StoppedError:
            return
        except PeerError as error:
            if self._home.clock.now() - transfer.updated_at < GIVE_UP_AFTER:
                raise  # the worker tries again
            await self._give_up(transfer, error)
        except (OutboundError, ProtocolError) as error:
            await self._give_up(transfer, error)
        else:
            await self._home.store.write(lambda tx: self._complete(tx, transfer, release))

    def _hand_over(self, tx: Transaction, transfer: TransferProcess) -> tuple[StoredRelease, HttpAddress] | None:
        if not is_started(transfers.get(tx, transfer.id)):
            return None  # suspended or ended since this step was chosen
        address = pushes.get(tx, transfer.id)
        if address is None:
            raise ProtocolError("not found", status=404)
        parcel = self._handover.take(tx, transfer.id)
        return (parcel.release, http_address(codec.decode(m.DataAddress, address).message)) if parcel else None

    async def _bring(self, transfer: str, release: StoredRelease, address: HttpAddress) -> None:
        """The passport first, where one is wanted: whoever gets data without it would have to trust us."""
        headers = {"Authorization": f"Bearer {address.authorization}"} if address.authorization else {}
        if address.passport:
            passport = release.passport.encode()
            typed = {**headers, "Content-Type": "application/jose"}
            _refuse_unless_taken(
                (await self._outbound.request("POST", address.passport, headers=typed, content=passport)).status
            )
        digest = base64.b64encode(bytes.fromhex(release.release.digest.removeprefix("sha256:"))).decode()
        headers |= {"Content-Type": MEDIA[release.release.format], "Repr-Digest": f"sha-256=:{digest}:"}
        blocks = self._handover.watch(transfer).over(_read(Path(release.path)))
        answer = await self._outbound.upload(address.endpoint, headers, blocks, release.release.size)
        _refuse_unless_taken(answer.status)

    async def _give_up(self, transfer: TransferProcess, error: PeerError | OutboundError | ProtocolError) -> None:
        _log.warning("push.failed", transfer=transfer.id, why=str(error))
        reason = t("the data could not be brought to the address", "指定のアドレスにデータを届けられませんでした")
        await self._home.store.write(lambda tx: self._book.terminate(tx, transfer, error.code, (reason,)))

    def _complete(self, tx: Transaction, transfer: TransferProcess, release: StoredRelease) -> None:
        body = {"data_digest": release.release.digest, "data_size": release.release.size, "peer": transfer.peer}
        self._home.evidence.record(tx, "pushed", transfer.id, body, self._home.clock.now())
        self._book.say(tx, transfer, m.TransferCompletionMessage(**paired(transfer)))


async def _read(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while block := await asyncio.to_thread(file.read, _BLOCK):
            yield block


def _refuse_unless_taken(status: int) -> None:
    """PeerError where trying again may help, ProtocolError where it cannot."""
    if 200 <= status < 300:
        return
    kind = PeerError if status >= 500 or status in (408, 425, 429) else ProtocolError
    raise kind(t("the data is not taken", "データが受け取られません"), why=f"status {status}")
