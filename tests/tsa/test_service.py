"""An authority: many requests at once, a wrong clock, a new key, a full disk, a crash; its journal is whole."""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import hashlib
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tegata.clock import Discipline, FixedClock
from tegata.model.errors import StoreError, TegataError, UsageError, VerificationError
from tegata.trust.certificates import load_certificates
from tegata.trust.content import digest_of
from tegata.trust.timestamp import Imprint, TimeStamp, pinned, token_of, verify_token, write_request
from tegata.tsa import AuthoritySettings, TimeStampService, add_key, check_journal, make_folder, read_settings
from tegata.tsa.journal import Journal
from tegata.tsa.self_signed import self_signed
from tegata.tsa.serials import BLOCK, Serials
from tegata.tsa.time_source import TimeGuard

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
CONTENT = b"content"
IMPRINT = Imprint("sha256", hashlib.sha256(CONTENT).digest())


class Clock(FixedClock):
    """Kept right by somebody, until a test says otherwise."""

    found: Discipline | None = Discipline(True, SECOND / 100)

    def discipline(self) -> Discipline | None:
        return self.found

    def jump(self, step: dt.timedelta) -> None:
        self._now += step


def folder(at: Path, **settings: object) -> Path:
    made = AuthoritySettings(policy="1.2.3", key="key-1", **settings)  # type: ignore[arg-type]
    make_folder(at / "tsa", made, *self_signed("example", NOW, 30))
    return at / "tsa"


@asynccontextmanager
async def running(at: Path, clock: Clock) -> AsyncIterator[TimeStampService]:
    service = TimeStampService(at, clock)
    work = asyncio.create_task(service.run())
    try:
        yield service
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        service.close()


async def stamp(service: TimeStampService, at: Path, key: str = "key-1", nonce: int = 1) -> TimeStamp:
    answer = await service.answer(write_request(IMPRINT, nonce=nonce))
    trust = pinned(load_certificates(at / "keys" / f"{key}.pem"))
    return verify_token(token_of(answer), digest_of(CONTENT), trust)[0]


async def test_requests_that_come_together_get_serials_of_their_own(tmp_path: Path) -> None:
    at = folder(tmp_path)
    async with running(at, Clock(NOW)) as service:
        stamps = await asyncio.gather(*(stamp(service, at, nonce=number) for number in range(100)))
    assert sorted(one.serial for one in stamps) == list(range(1, 101))
    assert [one.nonce for one in stamps] == list(range(100))
    report = check_journal(at)
    assert (report.tokens, report.faults) == (100, ())


def test_events_between_tokens_keep_the_journal_in_one_chain(tmp_path: Path) -> None:
    at = folder(tmp_path)
    journal = Journal(at)

    def write(detail: str) -> None:
        for _ in range(40):
            journal.write(NOW, [f"{NOW.isoformat()} - {detail} 00"])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, ("begins", "key", "key", "begins")))
    journal.close()
    assert check_journal(at).faults == ()


async def test_what_is_not_a_request_is_refused_and_harms_nobody(tmp_path: Path) -> None:
    at = folder(tmp_path)
    async with running(at, Clock(NOW)) as service:
        for data in (b"", b"\x30\x80", os.urandom(5000), write_request(IMPRINT, nonce=1, policy="9.9")[:-1]):
            with pytest.raises(VerificationError, match="not granted"):
                token_of(await service.answer(data))
        assert (await stamp(service, at)).serial == 1


@pytest.mark.parametrize(
    ("discipline", "why"),
    [
        (None, "does not tell"),
        (Discipline(False, SECOND / 100), "nothing keeps the clock right"),
        (Discipline(True, 2 * SECOND), "may be off by 2.000 s"),
    ],
)
async def test_no_token_is_given_by_a_clock_that_is_not_kept_right(
    tmp_path: Path, discipline: Discipline | None, why: str
) -> None:
    at, clock = folder(tmp_path), Clock(NOW)
    async with running(at, clock) as service:
        clock.found = discipline
        clock.advance(2 * SECOND)
        with pytest.raises(VerificationError, match=why):
            await stamp(service, at)
        clock.found = Discipline(True, SECOND / 100)
        clock.advance(2 * SECOND)
        assert (await stamp(service, at)).at == NOW + 4 * SECOND


async def test_a_clock_that_jumps_or_goes_back_is_refused(tmp_path: Path) -> None:
    at, clock = folder(tmp_path), Clock(NOW)
    async with running(at, clock) as service:
        await stamp(service, at)
        clock.jump(-10 * SECOND)
        with pytest.raises(VerificationError, match="jumped"):
            await stamp(service, at)
        with pytest.raises(VerificationError, match="before the last token"):
            await stamp(service, at)
        clock.advance(10 * SECOND)
        await stamp(service, at)
    clock.jump(-60 * SECOND)  # while it is stopped
    async with running(at, clock) as service:
        with pytest.raises(VerificationError, match="before the last token"):
            await stamp(service, at)
    assert check_journal(at).faults == ()


def test_an_unchecked_clock_is_taken_as_it_is() -> None:
    clock = Clock(NOW)
    clock.found = None
    assert TimeGuard(clock, "unchecked", SECOND, None).now() == (NOW, None)


async def test_a_new_key_takes_over_while_it_runs_and_the_old_tokens_stay_good(tmp_path: Path) -> None:
    at = folder(tmp_path)
    async with running(at, Clock(NOW)) as service:
        await stamp(service, at)
        await asyncio.sleep(0.05)
        add_key(at, *self_signed("example", NOW, 30), "key-2")
        for _ in range(60):
            await asyncio.sleep(0.05)
            with suppress(VerificationError):
                await stamp(service, at, "key-2")
                break
        else:
            pytest.fail("the new key does not sign")
    with pytest.raises(TegataError):
        add_key(at, *self_signed("example", NOW, 30), "key-2")
    assert read_settings(at).key == "key-2"
    assert check_journal(at).faults == ()


def test_a_key_with_the_certificate_of_another_changes_nothing(tmp_path: Path) -> None:
    at = folder(tmp_path)
    key, other = self_signed("example", NOW, 30)[0], self_signed("example", NOW, 30)[1]
    with pytest.raises(UsageError, match="of another key"):
        add_key(at, key, other, "key-2")
    assert read_settings(at).key == "key-1"
    assert sorted(path.name for path in (at / "keys").iterdir()) == ["key-1.key", "key-1.pem"]


async def test_an_expired_certificate_signs_nothing(tmp_path: Path) -> None:
    at = folder(tmp_path)
    async with running(at, Clock(NOW + dt.timedelta(days=31))) as service:
        with pytest.raises(VerificationError, match="no token can be given"):
            await stamp(service, at)


async def test_a_full_disk_gives_no_token_and_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = folder(tmp_path)
    async with running(at, Clock(NOW)) as service:
        await stamp(service, at)
        real = os.fsync

        def full(file: int) -> None:
            raise OSError(errno.ENOSPC, "no space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(VerificationError, match="no token can be given"):
            await stamp(service, at)
        monkeypatch.setattr(os, "fsync", real)
        await stamp(service, at)
    report = check_journal(at)
    assert (report.tokens, report.faults) == (2, ())


async def test_after_a_crash_no_serial_comes_again_and_a_torn_line_is_taken_away(tmp_path: Path) -> None:
    at = folder(tmp_path)
    async with running(at, Clock(NOW)) as service:
        assert (await stamp(service, at)).serial == 1
    (journal,) = (at / "journal").iterdir()
    torn = b"2026-11-25T12:00:00.000000+00:00 2 sha256:00"
    journal.write_bytes(journal.read_bytes() + torn)
    (at / "journal" / "2026-11-26.log").write_bytes(torn)
    async with running(at, Clock(NOW)) as service:
        assert (await stamp(service, at)).serial == BLOCK + 1
    report = check_journal(at)
    assert (report.tokens, report.faults) == (2, ())


async def test_every_change_of_the_journal_is_found(tmp_path: Path) -> None:
    at = folder(tmp_path)
    async with running(at, Clock(NOW)) as service:
        for _ in range(4):
            await stamp(service, at)
    (journal,) = (at / "journal").iterdir()
    lines = journal.read_bytes().splitlines(keepends=True)
    changed = {
        "dropped": lines[:2] + lines[3:],
        "swapped": [*lines[:2], lines[3], lines[2], *lines[4:]],
        "repeated": [*lines, lines[-1]],
        "edited": [*lines[:2], lines[2].replace(b"sha256:", b"sha384:"), *lines[3:]],
        "cut": [*lines[:-1], lines[-1][:-2]],
    }
    for how, spoilt in changed.items():
        journal.write_bytes(b"".join(spoilt))
        assert check_journal(at).faults, how
    journal.write_bytes(b"".join(lines))
    assert check_journal(at).faults == ()
    journal.write_bytes(b"nonsense\n" + b"".join(lines) + b"nonsense\n")
    with pytest.raises(StoreError, match="damaged"):
        TimeStampService(at, Clock(NOW))


def test_an_unreadable_reservation_is_not_guessed(tmp_path: Path) -> None:
    path = tmp_path / "serial"
    assert [Serials(path).take(), Serials(path).take()] == [1, BLOCK + 1]
    serials = Serials(path)
    taken = {serials.take() for _ in range(BLOCK + 1)}
    assert len(taken) == BLOCK + 1
    assert Serials(path).take() > max(taken)
    path.write_text("?")
    with pytest.raises(StoreError, match="not readable"):
        Serials(path)
