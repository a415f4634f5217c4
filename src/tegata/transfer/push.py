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
from tegata.transfer.chunks import CHUNK, ChunkList, beside
from tegata.transfer.download import PAUSES
from tegata.transfer.handover import Handover, media_of
from tegata.transfer.watch import StoppedError, Watch, is_started
from tegata.wire.dsp import codec
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.address import HttpAddress, http_address
from tegata.wire.resumption import PARTIAL, Offset, read_offset, write_offset

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
        for url in filter(None, (address.endpoint, address.passport, address.chunks)):
            check_callback(tx, sender, url)

    async def push(self, transfer: TransferProcess) -> None:
        """STARTED: bring the data, then complete. What does not get through is brought again, from where it broke off
        where the consumer says so, for 72 hours; what is refused, or lost, ends the transfer."""
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
        """The passport first, where one is wanted: whoever gets data without it would have to trust us. Then the list
        of chunks, where that is wanted: there we can go on after a break."""
        await self._lay(address.passport, address, "application/jose", release.passport.encode())
        watch = self._handover.watch(transfer)
        if not address.chunks:
            await self._send(watch, release, address, None)
            return
        await self._lay(address.chunks, address, "application/octet-stream", await _chunks(release))
        idle, before = 0, -1
        while True:
            try:
                if not await watch.look():
                    raise StoppedError
                offset = await self._offset(address)
                idle, before = (0, offset.bytes) if offset.bytes > before else (idle, before)
                await self._send(watch, release, address, offset)
                return
            except PeerError:
                idle += 1
                if idle >= len(PAUSES):
                    raise
            await asyncio.sleep(PAUSES[idle])

    async def _lay(self, url: str, address: HttpAddress, media: str, content: bytes) -> None:
        """Leave a small thing at an address, where there is one for it."""
        if url:
            headers = {**_credentials(address), "Content-Type": media}
            answer = await self._outbound.request("POST", url, headers=headers, content=content)
            _refuse_unless_taken(answer.status)

    async def _offset(self, address: HttpAddress) -> Offset:
        """How much is there already."""
        answer = await self._outbound.request("HEAD", address.endpoint, headers=_credentials(address))
        _refuse_unless_taken(answer.status)
        return read_offset(answer.headers) or Offset(0, complete=False)

    async def _send(self, watch: Watch, stored: StoredRelease, address: HttpAddress, at: Offset | None) -> None:
        """What is not there yet of the data; all of it to who does not say what is."""
        if at is not None and at.complete:
            return
        release, start = stored.release, at.bytes if at else 0
        digest = base64.b64encode(bytes.fromhex(release.digest.removeprefix("sha256:"))).decode()
        method, headers = "POST", {**_credentials(address), "Repr-Digest": f"sha-256=:{digest}:"}
        headers["Content-Type"] = media_of(release.format)
        if start:
            method = "PATCH"
            headers |= {**write_offset(Offset(start, complete=True)), "Content-Type": PARTIAL}
        blocks = watch.over(_read(Path(stored.path), start))
        answer = await self._outbound.upload(method, address.endpoint, headers, blocks, release.size - start)
        if start and answer.status == 409:
            raise PeerError(t("the data is not taken from there on", "その位置からのデータが受け取られません"))
        _refuse_unless_taken(answer.status)

    async def _give_up(self, transfer: TransferProcess, error: PeerError | OutboundError | ProtocolError) -> None:
        _log.warning("push.failed", transfer=transfer.id, why=str(error))
        reason = t("the data could not be brought to the address", "指定のアドレスにデータを届けられませんでした")
        await self._home.store.write(lambda tx: self._book.terminate(tx, transfer, error.code, (reason,)))

    def _complete(self, tx: Transaction, transfer: TransferProcess, release: StoredRelease) -> None:
        body = {"data_digest": release.release.digest, "data_size": release.release.size, "peer": transfer.peer}
        self._home.evidence.record(tx, "pushed", transfer.id, body, self._home.clock.now())
        self._book.say(tx, transfer, m.TransferCompletionMessage(**paired(transfer)))


async def _read(path: Path, start: int) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while block := await asyncio.to_thread(file.read, _BLOCK):
            yield block


async def _chunks(release: StoredRelease) -> bytes:
    """The list of its chunks. One that is lost is made again."""
    path = Path(release.path)
    try:
        return await asyncio.to_thread(beside(path).read_bytes)
    except OSError:
        return (await asyncio.to_thread(ChunkList.of, path, CHUNK)).digests


def _credentials(address: HttpAddress) -> dict[str, str]:
    return {"Authorization": f"Bearer {address.authorization}"} if address.authorization else {}


def _refuse_unless_taken(status: int) -> None:
    """PeerError where trying again may help, ProtocolError where it cannot."""
    if 200 <= status < 300:
        return
    kind = PeerError if status >= 500 or status in (408, 425, 429) else ProtocolError
    raise kind(t("the data is not taken", "データが受け取られません"), why=f"status {status}")
