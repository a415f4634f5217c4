"""Answers of an authority: requests that come together are signed, written down with one fsync, and then answered."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from tegata.model.errors import StoreError, TegataError, VerificationError
from tegata.trust import tsa
from tegata.trust.algorithms import hashed
from tegata.trust.certified import CertifiedKey
from tegata.trust.timestamp import Request, check_valid, read_request
from tegata.trust.tsa import Issuer, refusal
from tegata.tsa.folder import SETTINGS, current_key, read_settings
from tegata.tsa.journal import Journal
from tegata.tsa.serials import Serials
from tegata.tsa.time_source import DisciplinedClock, TimeGuard

_AT_ONCE: Final = 512
_LOOK_SECONDS: Final = 1.0
_log = structlog.get_logger("tegata.tsa")


class _Asked(NamedTuple):
    request: Request
    answer: asyncio.Future[bytes]


class TimeStampService:
    """The authority of a folder. One at a time: hold the folder's lock while it is open.

    Raises InputError, UsageError, VerificationError or StoreError when it cannot begin.
    """

    def __init__(self, folder: Path, clock: DisciplinedClock) -> None:
        settings = read_settings(folder)
        self._folder = folder
        self._key, self._issuer = self._load()
        self._serials = Serials(folder / "serial")
        self._journal = Journal(folder)
        self._time = TimeGuard(clock, settings.time_source, settings.accuracy, self._journal.last_time)
        self._queue: asyncio.Queue[_Asked] = asyncio.Queue()
        self._note("begins")

    def close(self) -> None:
        self._journal.close()

    async def answer(self, data: bytes) -> bytes:
        """The TimeStampResp to these bytes, granted or refused; what it grants is on disk by then."""
        try:
            request = read_request(data)
        except VerificationError as error:
            return refusal(tsa.BAD_DATA_FORMAT, str(error))
        failure = self._issuer.refuses(request)
        if failure is not None:
            return refusal(failure, "the policy or an extension is not known here")
        asked = _Asked(request, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(asked)
        return await asked.answer

    async def run(self) -> None:
        """Give out tokens, for ever."""
        watch = asyncio.create_task(self._watch())
        try:
            while True:
                batch = [await self._queue.get()]
                while len(batch) < _AT_ONCE and not self._queue.empty():
                    batch.append(self._queue.get_nowait())
                answers = await self._answers(batch)
                for one, answer in zip(batch, answers, strict=True):
                    if not one.answer.done():
                        one.answer.set_result(answer)
        finally:
            watch.cancel()

    async def _answers(self, batch: Sequence[_Asked]) -> list[bytes]:
        at, trouble = self._time.now()
        if trouble is not None:
            _log.error("tsa.time_not_available", why=trouble.en)
            return [refusal(tsa.TIME_NOT_AVAILABLE, trouble.en)] * len(batch)
        try:
            check_valid(self._key.x509, at)
            answers, lines = self._signed([one.request for one in batch], at)
            await asyncio.to_thread(self._journal.write, at, lines)
        except (StoreError, VerificationError) as error:
            _log.error("tsa.not_issued", why=str(error))
            return [refusal(tsa.SYSTEM_FAILURE, "no token can be given now")] * len(batch)
        return answers

    def _signed(self, requests: Sequence[Request], at: dt.datetime) -> tuple[list[bytes], list[str]]:
        answers, lines, issuer, key = [], [], self._issuer, self._name
        for request in requests:
            serial, imprint = self._serials.take(), request.imprint
            answers.append(issuer.issue(request, serial, at))
            lines.append(f"{_written(at)} {serial} {imprint.digest}:{imprint.value.hex()} {key}")
        return answers, lines

    @property
    def _name(self) -> str:
        return hashed("sha256", self._key.certificate).hex()[:16]

    def _note(self, event: str) -> None:
        at = self._time.now()[0]
        self._journal.write(at, [f"{_written(at)} - {event} {self._name}"])

    async def _watch(self) -> None:
        """Take up changed settings, and with them a new key. What cannot be read changes nothing."""
        seen = self._changed()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            changed = self._changed()
            if changed != seen:
                seen = changed
                try:
                    self._key, self._issuer = self._load()
                    self._note("key")
                    _log.info("tsa.settings_read", key=repr(self._key))
                except TegataError as error:
                    _log.error("tsa.settings_not_read", why=str(error))

    def _changed(self) -> float:
        try:
            return (self._folder / SETTINGS).stat().st_mtime
        except OSError:
            return 0.0

    def _load(self) -> tuple[CertifiedKey, Issuer]:
        settings = read_settings(self._folder)
        key = current_key(self._folder, settings)
        return key, Issuer(key, settings.policy, settings.accuracy, ordering=settings.ordering)


def _written(at: dt.datetime) -> str:
    return at.isoformat(timespec="microseconds")
