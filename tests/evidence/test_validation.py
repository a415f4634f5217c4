"""Packages bring the proofs that nobody who stamped was revoked, for a time when no server tells that any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from tegata.clock import FixedClock
from tegata.evidence.answer import Question
from tegata.evidence.package import make_package
from tegata.evidence.stamping import Authority, TimeStamping
from tegata.evidence.validation import Validation
from tegata.model.errors import PeerError
from tegata.model.evidence import Check, Verification
from tegata.outbound import Outbound, OutboundPolicy
from tegata.outbound.gate import Answer
from tegata.trust import seal_package, verify_package
from tegata.trust.ades.manifest import MANIFEST, SIGNATURE
from tegata.trust.certified import CertifiedKey
from tegata.trust.container import read_container
from tegata.trust.private_key import PrivateKey
from tegata.trust.timestamp import pinned, read_request
from tegata.trust.tsa import Issuer
from tests.evidence.logs import KEY, KEYS, NOW, OpenLog, open_log
from tests.trust.certificates import FROM, authority, private

DAY = dt.timedelta(days=1)
LIST, RESPONDER, TSA = "https://ca.example/list.crl", "https://ca.example/ocsp", "https://tsa.example/"
ROOT_KEY, ROOT = authority()


@cache
def stamping_certificate(number: int, until: dt.datetime = NOW + 365 * DAY) -> x509.Certificate:
    """Of an authority in Belgium, by the root of the tests, which tells of it at two places."""
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(LIST)], None, None, None)
    access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(RESPONDER))
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(f"CN=stamps {number},C=BE"))
        .issuer_name(ROOT.x509.subject)
        .public_key(private("p256", number).public_key())
        .serial_number(1000 + number)
        .not_valid_before(FROM)
        .not_valid_after(until)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
        .add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        .sign(ROOT_KEY, hashes.SHA256())
    )


def revocation_list(at: dt.datetime, *revoked: tuple[int, dt.datetime], key: Any = ROOT_KEY) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(ROOT.x509.subject)
    builder = builder.last_update(at).next_update(at + 7 * DAY).add_extension(x509.CRLNumber(1), critical=False)
    for serial, since in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


class Network(Outbound):
    """An authority and the issuer of its certificate, which may be away."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__(OutboundPolicy())
        self.clock = clock
        self.lists: bytes = b""
        self.good: ocsp.OCSPCertStatus | None = None
        self.use(1)

    def use(self, number: int, *until: dt.datetime) -> None:
        """Another certificate for the authority."""
        self.certificate = stamping_certificate(number, *until)
        key = PrivateKey(private("p256", number))
        self._issuer = Issuer(CertifiedKey(key, self.certificate, (ROOT.x509,)), "1.2.3", dt.timedelta(seconds=1))

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        max_bytes: int = 1 << 20,
    ) -> Answer:
        if url == TSA:
            return Answer(200, {}, self._issuer.issue(read_request(content), 5, self.clock.now()))
        if url == LIST and self.lists:
            return Answer(200, {}, self.lists)
        if url == RESPONDER and self.good is not None:
            return Answer(200, {}, self._answer(ocsp.load_der_ocsp_request(content).serial_number))
        raise PeerError("it is not there")

    def _answer(self, serial: int) -> bytes:
        assert serial == self.certificate.serial_number
        now = self.clock.now()
        builder = ocsp.OCSPResponseBuilder().add_response(
            self.certificate, ROOT.x509, hashes.SHA1(), self.good, now, now + DAY, None, None
        )
        answer = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, ROOT.x509)
        return answer.sign(ROOT_KEY, hashes.SHA256()).public_bytes(Encoding.DER)


class Stamped:
    def __init__(self, log: OpenLog, folder: Path) -> None:
        self.log = log
        self.clock = FixedClock(NOW)
        self.network = Network(self.clock)
        self.root = [ROOT.x509.public_bytes(Encoding.DER)]
        self.folder = folder / "validation"
        self.validation = Validation(log.store, self.network, self.clock, self.folder, self.root)
        tsa = [Authority("tsa", TSA, pinned([ROOT.x509]))]
        self.stamping = TimeStamping(log.store, log.evidence, self.network, self.clock, tsa, bytes)

    async def stamp(self) -> None:
        await self.log.add(1)
        await self.stamping.stamp_due()
        (lag,) = await self.log.read(self.stamping.lags)
        assert lag.state == "up-to-date", lag.why

    async def package(self) -> bytes:
        asked = Question(about="urn:uuid:0")
        parts = (self.log.store, self.log.evidence, KEYS, asked, self.clock.now())
        return await make_package(*parts, proofs=self.validation.of)


@asynccontextmanager
async def stamping(folder: Path) -> AsyncIterator[Stamped]:
    async with open_log(folder) as log:
        yield Stamped(log, folder)


def verified(package: bytes) -> tuple[Verification, dict[str, Check]]:
    result = verify_package(package, {KEY.did: "us"}, pinned([ROOT.x509]))
    return result, {one.name: one for one in result.checks}


def brought(package: bytes) -> list[str]:
    return sorted(name.rpartition(".")[2] for name in read_container(package) if name.startswith("validation/"))


async def test_a_list_that_was_fetched_in_time_is_enough_for_ever(tmp_path: Path) -> None:
    async with stamping(tmp_path) as here:
        assert not await here.validation.collect()
        await here.stamp()
        here.network.lists = revocation_list(NOW + DAY)
        assert await here.validation.collect()
        here.clock.advance(3650 * DAY)
        here.network.lists = b""
        assert await here.validation.collect()  # nobody is asked about what has expired
        package = await here.package()
        assert brought(package) == ["cer", "crl"]
        result, checks = verified(package)
        assert (result.verdict, checks["time"].verdict) == ("total-passed", "passed")
        assert checks["revocation"].verdict == "passed"
        assert "not revoked when they stamped: `CN=stamps 1,C=BE`" in checks["revocation"].say.en


async def test_a_responder_is_asked_too(tmp_path: Path) -> None:
    async with stamping(tmp_path) as here:
        await here.stamp()
        here.network.good = ocsp.OCSPCertStatus.GOOD
        await here.validation.collect()
        package = await here.package()
        assert brought(package) == ["cer", "ocsp"]
        assert verified(package)[1]["revocation"].verdict == "passed"


@pytest.mark.parametrize(("since", "verdict"), [(-DAY, "total-failed"), (DAY, "total-passed")])
async def test_who_was_revoked_before_it_stamped_proves_nothing(
    tmp_path: Path, since: dt.timedelta, verdict: str
) -> None:
    async with stamping(tmp_path) as here:
        await here.stamp()
        here.network.lists = revocation_list(NOW + 2 * DAY, (1001, NOW + since))
        await here.validation.collect()
        result, checks = verified(await here.package())
        assert result.verdict == verdict
        if verdict == "total-failed":
            assert result.sub_indication == "REVOKED"
            assert "revoked on 2026-11-24" in checks["revocation"].say.en


@pytest.mark.parametrize(
    "lists", [b"", b"junk", revocation_list(NOW - 30 * DAY), revocation_list(NOW, key=private("p256", 7))]
)
async def test_what_settles_nothing_is_left_out(tmp_path: Path, lists: bytes) -> None:
    """Nobody there, no list at all, one that was out of date, one by somebody else."""
    async with stamping(tmp_path) as here:
        await here.stamp()
        here.network.lists = lists
        await here.validation.collect()
        package = await here.package()
        assert brought(package) == []
        result, checks = verified(package)
        assert (result.verdict, "revocation" in checks) == ("total-passed", False)


async def test_the_list_of_a_later_certificate_does_not_take_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    """Once a certificate has expired, lists need not name it any more: the last one from before is kept."""
    async with stamping(tmp_path) as here:
        here.network.use(1, NOW + 10 * DAY)
        await here.stamp()
        here.network.lists = revocation_list(NOW + DAY)
        await here.validation.collect()
        first = {path.name: path.read_bytes() for path in here.folder.iterdir()}
        here.clock.advance(20 * DAY)
        here.network.use(2)
        await here.stamp()
        here.network.lists = revocation_list(NOW + 21 * DAY)
        await here.validation.collect()
        later = {path.name: path.read_bytes() for path in here.folder.iterdir()}
        assert first.items() < later.items()
        assert verified(await here.package())[1]["revocation"].verdict == "passed"


async def test_what_the_operator_lays_there_goes_along(tmp_path: Path) -> None:
    async with stamping(tmp_path) as here:
        await here.stamp()
        here.folder.mkdir()
        (here.folder / "by-hand.crl").write_bytes(revocation_list(NOW + DAY))
        (here.folder / "notes.txt").write_text("where they are from")
        package = await here.package()
        assert brought(package) == ["cer", "crl"]
        assert verified(package)[1]["revocation"].verdict == "passed"


async def test_a_package_whose_proofs_prove_nothing_is_open(tmp_path: Path) -> None:
    """A maker that is not ours, or lies: it could lay in anything."""
    async with stamping(tmp_path) as here:
        await here.stamp()
        files = {
            name: data
            for name, data in read_container(await here.package()).items()
            if name not in (MANIFEST, SIGNATURE)
        }
        for name, data in {"a.crl": b"junk", "a.cer": b"\x30\x80" * 99, "a.ocsp": b""}.items():
            result, checks = verified(seal_package({**files, f"validation/{name}": data}, KEY, NOW))
            assert (checks["revocation"].verdict, result.sub_indication) == ("indeterminate", "TRY_LATER")
        many = {f"validation/{number}.crl": b"" for number in range(65)}
        assert verified(seal_package({**files, **many}, KEY, NOW))[1]["revocation"].verdict == "failed"
