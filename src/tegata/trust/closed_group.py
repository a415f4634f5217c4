"""A certification authority whose key lies in a keyring: what it issued is written down before it is handed out."""

from __future__ import annotations

import datetime as dt

import msgspec
from cryptography import x509

from tegata.model.base import Noun, t
from tegata.model.errors import UsageError
from tegata.trust.authority import (
    Issued,
    Validity,
    issue,
    make_crl,
    make_root,
    to_pem,
)
from tegata.trust.certificates import read_certificates
from tegata.trust.keyring import KeyRecord, Keyring
from tegata.trust.names import Kind, Subject
from tegata.trust.private_key import PrivateKey
from tegata.trust.public_key import VerifyingKey, public_der


class Register(Noun, frozen=True, kw_only=True):
    """What an authority issued, and how many revocation lists it has signed."""

    crl_number: int = 0
    issued: tuple[Issued, ...] = ()


class ClosedGroup:
    """One authority of a keyring. Who changes it holds the lock of the keyring."""

    def __init__(self, ring: Keyring, record: KeyRecord) -> None:
        self._ring = ring
        self._record = record

    @property
    def name(self) -> str:
        """Its key and the version of that."""
        return self._record.file

    @property
    def certificate(self) -> x509.Certificate:
        """UsageError when it has none yet."""
        if not self._record.certificates:
            raise UsageError(
                t(f"`{self._record.name}` has no certificate", f"`{self._record.name}` に証明書がありません"),
                hint=t(f"make it: tegata keys ca {self._record.name}", f"作成: tegata keys ca {self._record.name}"),
            )
        return read_certificates(self._record.certificates[0].encode())[0]

    def register(self) -> Register:
        path = self._ring.folder / self._file
        return self._ring.read(path, Register) if path.exists() else Register()

    def establish(self, key: PrivateKey, subject: Subject, validity: Validity, serial: int) -> KeyRecord:
        """Gives the authority its own certificate. UsageError when it has one."""
        if self._record.certificates:
            raise UsageError(
                t(f"`{self._record.name}` has a certificate", f"`{self._record.name}` には証明書があります"),
                hint=t("rotate the key for another one", "別の証明書には鍵の更新 (rotate) が要ります"),
            )
        made = to_pem(make_root(subject, key, validity, serial))
        record = msgspec.structs.replace(self._record, certificates=(made,))
        self._ring.write(f"{record.file}.json", record)
        return record

    def grant(
        self,
        kind: Kind,
        subject: Subject,
        public: VerifyingKey,
        key: PrivateKey,
        validity: Validity,
        serial: int,
        crl_url: str = "",
    ) -> x509.Certificate:
        """Issues a certificate and writes it down."""
        made = issue(
            kind,
            subject,
            public,
            authority=self.certificate,
            key=key,
            validity=validity,
            serial=serial,
            crl_url=crl_url,
        )
        entry = Issued(
            serial=f"{serial:x}",
            subject=made.subject.rfc4514_string(),
            until=validity.until,
            certificate=to_pem(made),
        )
        register = self.register()
        self._keep(msgspec.structs.replace(register, issued=(*register.issued, entry)))
        return made

    def standing(self, serial: str) -> Issued:
        """The certificate of this serial number. UsageError when it was not issued here or is revoked."""
        wanted = serial.lower().lstrip("0")
        found = next((one for one in self.register().issued if one.serial == wanted), None)
        if found is None or found.revoked_at is not None:
            en, ja = (
                ("is revoked already", "は失効済みです") if found else ("was not issued here", "は発行されていません")
            )
            raise UsageError(t(f"certificate `{serial}` {en}", f"証明書 `{serial}` {ja}"))
        return found

    def take_back(self, serial: str, at: dt.datetime, reason: str) -> None:
        """Revokes a certificate that stands; the next list says so."""
        found = self.standing(serial)
        revoked = msgspec.structs.replace(found, revoked_at=at, reason=reason)
        register = self.register()
        issued = tuple(revoked if one.serial == found.serial else one for one in register.issued)
        self._keep(msgspec.structs.replace(register, issued=issued))

    def serials_of(self, public: VerifyingKey) -> list[str]:
        """Of the certificates of a key that stand."""
        standing = [one for one in self.register().issued if one.revoked_at is None]
        wanted = public_der(public)
        return [one.serial for one in standing if _key_of(one) == wanted]

    def crl(self, key: PrivateKey, validity: Validity) -> x509.CertificateRevocationList:
        """The next revocation list; its number is written down first, so that no two lists have one number."""
        register = self.register()
        register = msgspec.structs.replace(register, crl_number=register.crl_number + 1)
        self._keep(register)
        return make_crl(self.certificate, key, register.issued, register.crl_number, validity)

    @property
    def _file(self) -> str:
        return f"{self._record.file}.issued"

    def _keep(self, register: Register) -> None:
        self._ring.write(self._file, register)


def _key_of(one: Issued) -> bytes:
    return public_der(read_certificates(one.certificate.encode())[0].public_key())  # type: ignore[arg-type]
