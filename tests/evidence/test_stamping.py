"""Checkpoints are stamped by every authority; silence and lies are told and lose nothing; packages show the time."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tegata.clock import FixedClock
from tegata.evidence.answer import Question
from tegata.evidence.lag import Lag
from tegata.evidence.package import make_package
from tegata.evidence.stamping import Authority, TimeStamping
from tegata.log import open_checkpoint, stamp_line, stamps, with_signatures
from tegata.model.errors import OutboundError, PeerError, VerificationError
from tegata.model.evidence import Verification
from tegata.outbound import Outbound, OutboundPolicy
from tegata.outbound.gate import Answer
from tegata.store import log as rows
from tegata.trust import verify_package
from tegata.trust.certified import CertifiedKey
from tegata.trust.private_key import PrivateKey
from tegata.trust.stamped import stamped
from tegata.trust.timestamp import Trust, nobody, pinned, read_request
from tegata.trust.tsa import TIME_NOT_AVAILABLE, Issuer, refusal
from tests.evidence.logs import KEY, KEYS, NOW, OpenLog, open_log
from tests.trust.certificates import authority, certified, private

TRUST = pinned([authority()[1].x509])
SECOND = dt.timedelta(seconds=1)


class Network(Outbound):
    """Authorities by the names of their hosts; what each answers can be changed."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__(OutboundPolicy())
        self.answers: dict[str, Callable[[bytes], bytes]] = {}
        self.asked: list[str] = []
        for number, kind in enumerate(("p256", "p384")):
            issuer = Issuer(certified(kind), "1.2.3", SECOND)
            self.answers[f"https://{number}.example/"] = lambda asked, of=issuer: of.issue(
                read_request(asked), 5, clock.now()
            )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        max_bytes: int = 1 << 20,
    ) -> Answer:
        self.asked.append(url)
        return Answer(200, {}, self.answers[url](content))


class Stamped:
    def __init__(self, log: OpenLog, trust: Trust = TRUST) -> None:
        self.log = log
        self.clock = FixedClock(NOW)
        self.network = Network(self.clock)
        authorities = [Authority(f"tsa-{n}", url, trust) for n, url in enumerate(self.network.answers)]
        parts = (log.store, log.evidence, self.network, self.clock, authorities, bytes)
        self.stamping = TimeStamping(*parts, period=60 * SECOND, late=600 * SECOND)

    async def lags(self) -> list[Lag]:
        return await self.log.read(self.stamping.lags)

    async def states(self) -> list[str]:
        return [one.state for one in await self.lags()]

    async def note(self) -> str:
        note = await self.log.read(rows.latest_checkpoint)
        assert note is not None
        return note


@asynccontextmanager
async def stamping(folder: Path, trust: Trust = TRUST) -> AsyncIterator[Stamped]:
    async with open_log(folder) as log:
        yield Stamped(log, trust)


async def test_every_authority_stamps_the_checkpoint_and_what_is_published_carries_it(tmp_path: Path) -> None:
    async with stamping(tmp_path) as here:
        await here.log.add(3)
        assert await here.states() == ["waiting", "waiting"]
        await here.log.publisher.publish()
        await here.stamping.stamp_due()
        assert await here.states() == ["up-to-date", "up-to-date"]
        note = await here.note()
        assert open_checkpoint(note, KEY.public, KEY.did).size == 3
        assert [(one.at, one.trusted) for one in stamped(note, TRUST)] == [(NOW, True)] * 2
        assert [one.trusted for one in stamped(note, nobody)] == [False, False]
        await here.log.publisher.publish()
        assert here.log.tiles.checkpoint() == note
        assert (await here.log.report()).whole
        await here.stamping.stamp_due()  # nothing is new
        assert len(here.network.asked) == 2


def unreachable(_: bytes) -> bytes:
    raise PeerError("it is not there")


def forbidden(_: bytes) -> bytes:
    raise OutboundError("no")


@pytest.mark.parametrize(
    "answer",
    [
        unreachable,
        forbidden,
        lambda _: b"",
        lambda _: b"\x30\x80" * 1000,
        lambda _: refusal(TIME_NOT_AVAILABLE, "the clock is not synchronised"),
        lambda asked: Issuer(certified(), "1.2.3", SECOND).issue(read_request(asked)._replace(nonce_raw=b""), 1, NOW),
        lambda asked: Issuer(certified(), "1.2.3", SECOND).issue(
            read_request(asked)._replace(imprint_raw=read_request(asked).imprint_raw[:-1] + b"!"), 1, NOW
        ),
    ],
)
async def test_a_silent_or_lying_authority_holds_nothing_up(tmp_path: Path, answer: Callable[[bytes], bytes]) -> None:
    async with stamping(tmp_path) as here:
        good, here.network.answers["https://0.example/"] = here.network.answers["https://0.example/"], answer
        await here.log.add(2)
        await here.stamping.stamp_due()
        assert await here.states() == ["waiting", "up-to-date"]
        (first, _) = await here.lags()
        assert (first.attempts, first.reached, first.entries) == (1, 0, 2)
        assert first.why
        assert len(stamps(await here.note())) == 1
        here.clock.advance(11 * 60 * SECOND)
        assert await here.states() == ["late", "up-to-date"]
        await here.log.add(2)  # the log goes on
        here.network.answers["https://0.example/"] = good
        await here.stamping.stamp_due()
        assert await here.states() == ["up-to-date", "up-to-date"]
        assert (await here.lags())[0].attempts == 0


async def test_an_authority_that_is_not_the_one_we_trust_is_not_kept(tmp_path: Path) -> None:
    async with stamping(tmp_path, nobody) as here:
        await here.log.add(1)
        await here.stamping.stamp_due()
        assert await here.states() == ["waiting", "waiting"]
        assert "do not trust" in (await here.lags())[0].why


async def test_a_token_that_would_make_the_checkpoint_unreadable_is_not_kept(tmp_path: Path) -> None:
    chain = [certified("ml-dsa-65", number).x509 for number in range(20)]
    stuffed = Issuer(CertifiedKey(PrivateKey(private("p256")), certified().x509, chain), "1.2.3", SECOND)
    async with stamping(tmp_path) as here:
        here.network.answers["https://0.example/"] = lambda asked: stuffed.issue(read_request(asked), 1, NOW)
        await here.log.add(1)
        await here.stamping.stamp_due()
        assert await here.states() == ["waiting", "up-to-date"]
        assert "too long" in (await here.lags())[0].why
        assert open_checkpoint(await here.note(), KEY.public, KEY.did).size == 1


async def test_it_is_asked_less_and_less_often(tmp_path: Path) -> None:
    async with stamping(tmp_path) as here:
        here.network.answers["https://0.example/"] = unreachable
        await here.log.add(1)
        times = []
        for second in range(0, 3600, 10):
            before = len(here.network.asked)
            await here.stamping.stamp_due()
            times += [second] * (len(here.network.asked) - before)
            here.clock.advance(10 * SECOND)
        assert times == [0, 0, 120, 360, 840, 1740, 2640, 3540]


async def verdict(here: Stamped, trust: Trust) -> Verification:
    package = await make_package(here.log.store, here.log.evidence, KEYS, Question(about="urn:uuid:2"), NOW)
    return verify_package(package, {KEY.did: "us"}, trust)


async def test_packages_carry_the_stamped_checkpoint_and_tell_its_time(tmp_path: Path) -> None:
    async with stamping(tmp_path) as here:
        await here.log.add(3)
        before = await verdict(here, TRUST)
        assert (before.verdict, [one.name for one in before.checks][-1]) == ("total-passed", "ml-dsa-44")
        await here.stamping.stamp_due()
        await here.log.add(2)
        told = await verdict(here, TRUST)
        assert (told.verdict, told.checks[-1].name) == ("total-passed", "time")
        assert "2026-11-25 12:00:00 UTC" in told.checks[-1].say.en
        assert "whom you trust" in told.checks[-1].say.en
        assert "give its certificate" in (await verdict(here, nobody)).checks[-1].say.en


async def test_a_stamp_of_another_checkpoint_fails(tmp_path: Path) -> None:
    async with stamping(tmp_path) as here:
        await here.log.add(1)
        await here.stamping.stamp_due()
        ((_, token), _) = stamps(await here.note())
        await here.log.add(1)
        later = await here.log.store.write(here.log.evidence.checkpoint)
        with pytest.raises(VerificationError, match="another checkpoint"):
            stamped(with_signatures(later.note, [stamp_line("tsa-0", token)]), TRUST)
