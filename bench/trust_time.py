"""Time-stamps: processor time for a token issued (request read, token signed) and for one verified with its chain.

50 us for a token with a P-256 key are the goal of 20,000 a second and core; the bare signature is shown beside it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bench.measure import Figure
from tegata.clock import SystemClock
from tegata.trust.certified import CertifiedKey
from tegata.trust.content import digest_of
from tegata.trust.private_key import PrivateKey
from tegata.trust.timestamp import Imprint, pinned, read_request, token_of, verify_token, write_request
from tegata.trust.tsa import Issuer
from tegata.tsa import AuthoritySettings, TimeStampService, make_folder
from tegata.tsa.self_signed import self_signed

_NOW: Final = dt.datetime(2026, 11, 25, 1, 2, 3, 456789, tzinfo=dt.UTC)
_CONTENT: Final = b"content"
_ROUNDS: Final = 7
_CALLERS: Final = 500
_BATCHES: Final = 20


def figures() -> list[Figure]:
    p256, rsa3072 = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 3072)
    key = _certified(p256)
    answer = _issue(key)()
    trust, token, digest = pinned([key.x509]), token_of(answer), digest_of(_CONTENT)
    return [
        Figure("a bare signature, P-256", _micros(lambda: key.sign(_CONTENT)), 50.0, "us"),
        Figure("a token issued, P-256", _micros(_issue(key)), 50.0, "us"),
        Figure("a token given out by the service, journalled and synced", _served(), 100.0, "us"),
        Figure("a token issued, RSA-3072", _micros(_issue(_certified(rsa3072))), 1500.0, "us"),
        Figure("a token verified, P-256", _micros(lambda: verify_token(token, digest, trust)), 1000.0, "us"),
        Figure("size of an answer with its certificate, P-256", len(answer), 1024.0, "B"),
    ]


def _issue(key: CertifiedKey) -> Callable[[], bytes]:
    issuer = Issuer(key, "1.3.6.1.4.1.99999.1", dt.timedelta(seconds=1))
    imprint = Imprint("sha256", hashlib.sha256(_CONTENT).digest())
    asked = write_request(imprint, nonce=2**63)
    serials = iter(range(1 << 64, 1 << 65))
    return lambda: issuer.issue(read_request(asked), next(serials), _NOW)


def _served() -> float:
    """Processor time of one of many answers of an authority, 500 at once, each on disk before it is given out."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:  # not /tmp, which may be memory
        at, clock = Path(folder) / "tsa", SystemClock()
        settings = AuthoritySettings(policy="1.3.6.1.4.1.99999.1", key="key-1", time_source="unchecked")
        make_folder(at, settings, *self_signed("example", clock.now(), 1))
        return asyncio.run(_answers(TimeStampService(at, clock)))


async def _answers(service: TimeStampService) -> float:
    work = asyncio.create_task(service.run())
    asked = write_request(Imprint("sha256", bytes(32)), nonce=1)
    start = time.process_time()
    for _ in range(_BATCHES):
        await asyncio.gather(*(service.answer(asked) for _ in range(_CALLERS)))
    cpu = time.process_time() - start
    work.cancel()
    service.close()
    return cpu / (_BATCHES * _CALLERS) * 1e6


def _micros(work: Callable[[], object]) -> float:
    """Processor time of one call, the median of rounds."""
    count, rounds = 300, []
    for _ in range(_ROUNDS):
        start = time.process_time()
        for _ in range(count):
            work()
        rounds.append((time.process_time() - start) / count * 1e6)
    return median(rounds)


def _certified(private: Any) -> CertifiedKey:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example time-stamping authority")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    builder = builder.serial_number(1).not_valid_before(_NOW).not_valid_after(_NOW + dt.timedelta(days=365))
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return CertifiedKey(PrivateKey(private), builder.sign(private, SHA256()))
