"""Data that is fetched, in as many requests as it takes: each goes on behind the last chunk that was proven."""

from __future__ import annotations

import asyncio
from typing import Final

from tegata.model.base import t
from tegata.model.errors import PeerError, ProtocolError
from tegata.outbound import Outbound
from tegata.outbound.gate import Stream
from tegata.transfer.arrivals import Arrivals
from tegata.transfer.part import MOST_WRONG, Part, WrongChunkError
from tegata.transfer.watch import StoppedError, Watch
from tegata.wire.codings import unpacked
from tegata.wire.dsp.address import HttpAddress
from tegata.wire.ranges import entity_tag, read_content_range, write_range

PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before the next request after a break, and after further ones that brought nothing; then the worker waits."""


class Download:
    """The data of one transfer, from the address that its provider named."""

    def __init__(self, outbound: Outbound, arrivals: Arrivals, watch: Watch, transfer: str) -> None:
        self._outbound = outbound
        self._arrivals = arrivals
        self._watch = watch
        self._transfer = transfer

    async def into(self, part: Part, address: HttpAddress) -> tuple[str, int]:
        """Digest and size of what came: all that was announced, or all that there is where nothing was.

        Raises:
            StoppedError: the transfer was suspended or ended here; what has come stays.
            PeerError: nothing comes, so trying again later may help; what has come stays.
            ProtocolError: the provider does not hand it out. VerificationError, StoreError: as `Arrivals.write`.
        """
        while True:
            await self._all(part, address)
            sealed = await self._arrivals.seal(part)
            if sealed is not None:
                return sealed

    async def _all(self, part: Part, address: HttpAddress) -> None:
        idle = wrong = 0  # requests in a row that brought nothing
        while not (part.resumable and part.whole):
            before = part.have
            try:
                await self._once(part, address)  # also for data without a byte, or of which nothing is known
                return
            except WrongChunkError:
                wrong = 1 if part.have > before else wrong + 1
                if wrong == MOST_WRONG:
                    raise
            except PeerError:
                idle = 0 if part.have > before else idle + 1
                if part.expected.chunks is None or idle == len(PAUSES):
                    raise
            await asyncio.sleep(PAUSES[idle])

    async def _once(self, part: Part, address: HttpAddress) -> None:
        """One request. PeerError when it broke off before the end."""
        if not await self._watch.look():
            raise StoppedError
        headers = bearer(address)
        if part.resumable:
            headers |= {"Range": write_range(part.have), "If-Range": entity_tag(part.expected.digest)}
        async with self._outbound.stream(address.endpoint, headers=headers) as stream:
            if not self._goes_on(stream, part):
                self._arrivals.restart(part)
                refuse_unless_ok(stream.status)
            blocks = unpacked(stream.blocks, stream.headers.get("content-encoding", ""))
            await self._arrivals.write(self._transfer, part, self._watch.over(blocks))
        if part.expected.chunks is not None and not part.whole:
            raise PeerError(t("the data ended too early", "データが途中で終わりました"))

    def _goes_on(self, stream: Stream, part: Part) -> bool:
        """Whether what comes lies behind what is there. A part of something else is no answer to what was asked."""
        if stream.status != 206:
            return False
        piece = read_content_range(stream.headers.get("content-range", ""))
        if piece is None or piece.start != part.have or piece.size not in (None, part.expected.total):
            self._arrivals.restart(part)  # and the next request asks for everything
            raise PeerError(t("another part came than was asked for", "求めた範囲と異なる部分が届きました"))
        return True


def bearer(address: HttpAddress) -> dict[str, str]:
    return {"Authorization": f"Bearer {address.authorization}"}


def refuse_unless_ok(status: int) -> None:
    """PeerError where trying again may help, ProtocolError where it cannot."""
    if status == 410:
        raise ProtocolError(
            t(
                "the provider has lost what it prepared; ask for it again",
                "提供者がデータを失いました。改めて要求してください",
            )
        )
    if status != 200:
        kind = PeerError if status >= 500 or status == 416 else ProtocolError
        raise kind(
            t("the provider does not hand the data out", "提供者がデータを引き渡しません"), why=f"status {status}"
        )
