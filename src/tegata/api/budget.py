"""How often participants may ask: spent before anything is decoded, decided or stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tegata.clock import Clock
from tegata.model.errors import ProtocolError
from tegata.store import Store, participants

_BURST_SECONDS: Final = 4
"""So many seconds' worth may come at once."""


@dataclass
class _Bucket:
    """Requests that are left, as of a time (seconds)."""

    left: float
    at: float

    def spend(self, rate: float, now: float) -> bool:
        self.left = min(rate * _BURST_SECONDS, self.left + (now - self.at) * rate)
        self.at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Budget:
    """Requests a second: each participant of the register has its own, all others share one, since anybody can make as
    many ids as they like. Memory is bounded by the register.

    Args:
        participant: for each of those in the register.
        strangers: for all others together.
    """

    def __init__(self, store: Store, clock: Clock, *, participant: float, strangers: float) -> None:
        self._store = store
        self._clock = clock
        self._participant = participant
        self._strangers = strangers
        self._buckets: dict[str, _Bucket] = {}
        self._shared = _Bucket(strangers * _BURST_SECONDS, clock.monotonic())

    async def spend(self, did: str) -> None:
        """Count a request whose sender is proven. ProtocolError 429 when there are too many."""
        now = self._clock.monotonic()
        if did not in self._buckets and await self._store.read(lambda tx: participants.get(tx, did)) is not None:
            self._buckets[did] = _Bucket(self._participant * _BURST_SECONDS, now)
        bucket = self._buckets.get(did)
        enough = self._shared.spend(self._strangers, now) if bucket is None else bucket.spend(self._participant, now)
        if not enough:
            raise ProtocolError("too many requests", status=429, hint="wait a second")
