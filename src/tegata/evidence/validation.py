"""Proofs that no authority was revoked when it stamped: fetched while their issuers still publish them, and kept.

They lie in a folder of the node, one file for each place that a certificate names; an operator may lay more of them
there (`NAME.crl`, `NAME.ocsp`, `NAME.cer`, all DER). What newer ones say includes what older ones said, as long as the
certificate in question has not expired; after that nothing is fetched, and the last one is kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from tegata import durable
from tegata.clock import Clock
from tegata.model.base import t
from tegata.model.errors import InputError, OutboundError, PeerError, StoreError, why_of
from tegata.outbound import Outbound
from tegata.store import Store, Transaction, time_stamps
from tegata.store import log as rows
from tegata.trust.package_lists import LISTS
from tegata.trust.package_revocation import FOLDER, check_revocation, issues_of
from tegata.trust.pki import Certificate, RevocationList, StatusAnswer

PERIOD_SECONDS: Final = 6 * 3600
_SOON_SECONDS: Final = 60  # while there is no stamp yet
_MOST_BYTES: Final = 32 << 20  # of one file, and of all that go into one package
_AS_LISTED: Final = {"GR": "EL", "GB": "UK"}  # TS 119 612 clause 5.3.10
_ENDINGS: Final = (".crl", ".ocsp", ".cer")
_FETCHED: Final = re.compile(r"[0-9a-f]{32}\.(crl|ocsp)")
_log = structlog.get_logger("tegata.time")


class Source(NamedTuple):
    """Where the issuer of a certificate tells of it. `question` is empty for a list."""

    certificate: Certificate
    url: str
    question: bytes

    @property
    def name(self) -> str:
        """Of its file: what a later certificate has at the same place does not replace it."""
        digest = hashlib.sha256(self.certificate.der + self.url.encode()).hexdigest()[:32]
        return f"{digest}.ocsp" if self.question else f"{digest}.crl"

    def read(self, data: bytes) -> None:
        """InputError where it is not what was asked for."""
        StatusAnswer.read(data) if self.question else RevocationList.read(data)


class Validation:
    """The proofs of a node's authorities.

    Args:
        above: certificates (DER) that the operator trusts for the authorities.
        lists: the trusted lists that this node has, by file name, for these territories.
    """

    def __init__(
        self,
        store: Store,
        outbound: Outbound,
        clock: Clock,
        folder: Path,
        above: Sequence[bytes],
        lists: Callable[[Iterable[str]], dict[str, bytes]] = lambda _: {},
    ) -> None:
        self._store = store
        self._outbound = outbound
        self._clock = clock
        self._folder = folder
        self._above = tuple(above)
        self._lists = lists

    async def run(self) -> None:
        """Fetch what is published of those who stamp, every six hours, for ever."""
        while True:
            try:
                stamped = await self.collect()
            except StoreError as error:
                _log.error("time.proofs_not_kept", why=str(error))
                stamped = False
            await asyncio.sleep(PERIOD_SECONDS if stamped else _SOON_SECONDS)

    async def collect(self) -> bool:
        """Fetch once; False where nobody has stamped yet. StoreError when the folder cannot be written."""
        notes, now = await self._store.read(_stamped_notes), self._clock.now()
        for source in dict.fromkeys(source for note in notes for source in self._sources(note)):
            if source.certificate.valid_until > now:
                await self._renew(source)
        return bool(notes)

    def of(self, note: str) -> dict[str, bytes]:
        """The files that prove it of those who stamped a checkpoint; none where they do not settle it."""
        files = dict(self._files(note))
        told = check_revocation(note, files)
        settled = issues_of(note) and told and told[0].verdict != "indeterminate"
        return {**(files if settled else {}), **self._snapshot(note)}

    def _snapshot(self, note: str) -> dict[str, bytes]:
        """The lists of the countries that the certificates of those who stamped name, where this node has them."""
        territories = {place for issue in issues_of(note) for place in _countries(issue.certificate)}
        return {LISTS + name: data for name, data in self._lists(territories).items()} if territories else {}

    def _sources(self, note: str) -> Iterator[Source]:
        """Of each certificate on the way up; the root is nobody's to revoke."""
        for issue in issues_of(note):
            known = dict.fromkeys((issue.certificate, *issue.others, *map(Certificate.read, self._above)))
            for one in known:
                issuer = next((up for up in known if up.subject == one.issuer and one.signed_by(up.key)), None)
                if issuer is not None and issuer != one:
                    yield from sources(one, issuer)

    async def _renew(self, source: Source) -> None:
        try:
            data = await self._fetch(source)
        except (OutboundError, PeerError, InputError) as error:
            _log.warning("time.proof_missing", url=source.url, why=str(error))
        else:
            await asyncio.to_thread(self._keep, source.name, data)

    async def _fetch(self, source: Source) -> bytes:
        method, kind = ("POST", "application/ocsp-request") if source.question else ("GET", "")
        headers = {"content-type": kind} if kind else {}
        asked = {"headers": headers, "content": source.question, "max_bytes": _MOST_BYTES}
        answer = await self._outbound.request(method, source.url, **asked)  # type: ignore[arg-type]
        if answer.status != 200:
            raise PeerError(f"it answers {answer.status}")
        source.read(answer.body)
        return answer.body

    def _keep(self, name: str, data: bytes) -> None:
        try:
            durable.make_folder(self._folder)
            durable.replace(self._folder / name, data)
        except OSError as error:
            raise StoreError(
                t(f"`{self._folder}` cannot be written", f"`{self._folder}` に書き込めません"), why=why_of(error)
            ) from error

    def _files(self, note: str) -> Iterator[tuple[str, bytes]]:
        """By names in a package: what was fetched of those who stamped it, what the operator laid there or trusts."""
        for number, der in enumerate(self._above):
            yield f"{FOLDER}above-{number}.cer", der
        fetched = {source.name for source in self._sources(note)}
        laid = (path.name for path in sorted(self._folder.glob("*.*")) if not _FETCHED.fullmatch(path.name))
        room = _MOST_BYTES
        for name in (*sorted(fetched), *(name for name in laid if name.endswith(_ENDINGS))):
            path = self._folder / name
            if path.is_file() and (room := room - path.stat().st_size) >= 0:
                yield FOLDER + name, path.read_bytes()


def _stamped_notes(tx: Transaction) -> list[str]:
    """The checkpoints that authorities stamped last."""
    sizes = {one.size for one in time_stamps.all_stampings(tx).values() if one.size}
    return [note for size in sorted(sizes) if (note := rows.checkpoint_at(tx, size)) is not None]


def _countries(certificate: Certificate) -> Iterator[str]:
    """Where its owner and its issuer say that they are, as trusted lists call it."""
    for name in (certificate.parsed.subject, certificate.parsed.issuer):
        for attribute in name.get_attributes_for_oid(NameOID.COUNTRY_NAME):
            yield _AS_LISTED.get(place := str(attribute.value).upper(), place)


def sources(certificate: Certificate, issuer: Certificate) -> Iterator[Source]:
    """Where a certificate says that its revocation is told (RFC 5280 sections 4.2.1.13 and 4.2.2.1)."""
    for point in certificate.extension(x509.CRLDistributionPoints) or ():
        yield from (Source(certificate, url, b"") for url in _urls(point.full_name or ()))
    for access in certificate.extension(x509.AuthorityInformationAccess) or ():
        if access.access_method == AuthorityInformationAccessOID.OCSP:
            request = x509.ocsp.OCSPRequestBuilder().add_certificate(certificate.parsed, issuer.parsed, hashes.SHA1())  # noqa: S303 - what responders know, no signature
            question = request.build().public_bytes(Encoding.DER)
            yield from (Source(certificate, url, question) for url in _urls([access.access_location]))


def _urls(names: Sequence[x509.GeneralName]) -> Iterator[str]:
    for name in names:
        if isinstance(name, x509.UniformResourceIdentifier) and name.value.startswith(("http://", "https://")):
            yield name.value
