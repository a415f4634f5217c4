"""Whole files for the holders of certificates: CMS AuthEnvelopedData (RFC 5083) with AES-256-GCM (RFC 5084).

One pass and bounded memory either way, whatever the size. Any program that knows CMS opens them:
`openssl cms -decrypt -binary -inform DER -in FILE.p7m -inkey key.pem`. The content key is sent to an RSA key by OAEP
with SHA-256 (RFC 3560, 5754), to a key on a curve by ephemeral Diffie-Hellman (RFC 5753). Nothing else is written or
read, and no attributes: a file is opened by one way or not at all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tegata.model.base import t
from tegata.model.errors import InputError, VerificationError
from tegata.trust import der
from tegata.trust.cms import DATA, issuer_and_serial
from tegata.trust.der import SEQUENCE, SET, Element, Fields
from tegata.trust.public_key import acceptable

AUTH_ENVELOPED: Final = "1.2.840.113549.1.9.16.1.23"
RANDOM_SIZE: Final = 44
MAX_SIZE: Final = (1 << 36) - 32  # bytes under one nonce: SP 800-38D section 5.2.1.1
_KEY, _NONCE, _TAG = 32, 12, 16  # bytes
_BLOCK: Final = 1 << 20
_MAX_HEAD: Final = 1 << 20
_MAX_RECIPIENTS: Final = 256
_AES_GCM: Final = "2.16.840.1.101.3.4.1.46"
_AES_WRAP: Final = der.sequence(der.oid("2.16.840.1.101.3.4.1.45"))
_SHA256: Final = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"))
_OAEP: Final = der.sequence(
    der.oid("1.2.840.113549.1.1.7"),
    der.sequence(der.tlv(0xA0, _SHA256), der.tlv(0xA1, der.sequence(der.oid("1.2.840.113549.1.1.8"), _SHA256))),
)
_EC: Final = der.oid("1.2.840.10045.2.1")
_AGREEMENTS: Final[dict[str, tuple[str, hashes.HashAlgorithm]]] = {  # by the curve, of its strength
    "secp256r1": ("1.3.132.1.11.1", hashes.SHA256()),
    "secp384r1": ("1.3.132.1.11.2", hashes.SHA384()),
    "secp521r1": ("1.3.132.1.11.3", hashes.SHA512()),
}
_HASHES: Final = dict(_AGREEMENTS.values())
_CURVES: Final[dict[str, type[ec.EllipticCurve]]] = {
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
}


def envelop(
    file: BinaryIO, size: int, out: BinaryIO, recipients: Sequence[x509.Certificate], at: dt.datetime, random: bytes
) -> None:
    """Write the `size` bytes of `file` to `out`, so that any one of the recipients can open them.

    Args:
        at: when the certificates must be valid. Whether they are to be trusted is another question (`pki`).
        random: `RANDOM_SIZE` bytes from the caller's source of randomness, never used twice.

    Raises:
        InputError: a certificate is not for that, or the file is too large or changed meanwhile.
    """
    if size > MAX_SIZE:
        raise _refused("it has more than 64 GiB", "64 GiB を超えています")
    key, nonce = random[:_KEY], random[_KEY:RANDOM_SIZE]
    sealed = Cipher(algorithms.AES(key), modes.GCM(nonce)).encryptor()
    out.write(_head(size, der.set_of(_recipient(one, key, at) for one in recipients), nonce))
    for block in _blocks(file, size):
        out.write(sealed.update(block))
    if file.read(1):
        raise _refused("it grew meanwhile", "処理中に内容が増えました")
    sealed.finalize()
    out.write(der.octets(sealed.tag))


def check_recipient(certificate: x509.Certificate, at: dt.datetime) -> None:
    """Whether files can be encrypted for this certificate. Raises InputError."""
    _recipient(certificate, bytes(_KEY), at)


def is_enveloped(head: bytes) -> bool:
    """Whether a file that begins so is an envelope."""
    return head[:1] == b"\x30" and der.oid(AUTH_ENVELOPED) in head[:24]


def open_envelope(file: BinaryIO, out: BinaryIO, private: Any) -> int:
    """Write what is in the envelope to `out`, which nobody may look at before this returns. How many bytes it has.

    Args:
        private: a key of `cryptography`, as `keyfile.load_private` gives it.

    Raises:
        VerificationError: the key is none of a recipient, or anything was changed.
    """
    stream = _Stream(file)
    ends = [stream.begin(SEQUENCE)]
    stream.expect(der.oid(AUTH_ENVELOPED))
    ends += [stream.begin(0xA0), stream.begin(SEQUENCE)]
    stream.expect(der.integer(0))
    key = _content_key(der.parts(stream.element(SET)), private)
    inner = stream.begin(SEQUENCE)
    stream.expect(der.oid(DATA))
    nonce = _nonce(stream.element(SEQUENCE))
    end = stream.begin(0x80)
    size = end - stream.at
    if end != inner or size > MAX_SIZE:
        der.refuse("the lengths do not agree", "長さが一致しません")
    opened = Cipher(algorithms.AES(key), modes.GCM(nonce)).decryptor()
    for block in stream.blocks(size):
        out.write(opened.update(block))
    tag = stream.element(der.OCTET_STRING).content
    if len(tag) != _TAG or any(place != stream.at for place in ends) or file.read(1):
        der.refuse("the lengths do not agree", "長さが一致しません")
    try:
        opened.finalize_with_tag(tag)
    except InvalidTag:
        raise _unopened("it was changed", "内容が変わっています") from None
    return size


class _Stream:
    """DER, read from the front: definite lengths in their shortest form."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.at = 0

    def begin(self, tag: int) -> int:
        """Where the element ends that begins here."""
        found, first = self._take(2)
        size = first
        if first > 0x80:
            octets = self._take(min(first & 0x7F, 9))
            size = int.from_bytes(octets)
            if len(octets) > 8 or size < 0x80 or octets[0] == 0:
                der.refuse("a length is malformed", "長さの形式が誤っています")
        if found != tag or first == 0x80:
            der.refuse("an element is not of the type that stands there", "要素の型が異なります")
        return self.at + size

    def element(self, tag: int) -> Element:
        """A small one, whole."""
        size = self.begin(tag) - self.at
        if size > _MAX_HEAD:
            der.refuse("it is too large", "大きすぎます")
        content = self._take(size)
        return Element(tag, content, der.tlv(tag, content))

    def expect(self, raw: bytes) -> None:
        if self._take(len(raw)) != raw:
            der.refuse("it is another kind of message", "別の種類のメッセージです")

    def blocks(self, size: int) -> Iterator[bytes]:
        self.at += size
        try:
            yield from _blocks(self._file, size)
        except InputError:
            der.refuse("it ends too early", "途中で終わっています")

    def _take(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) < size:
            der.refuse("it ends too early", "途中で終わっています")
        self.at += size
        return data


def _blocks(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size:
        block = file.read(min(size, _BLOCK))
        if not block:
            raise _refused("it shrank meanwhile", "処理中に内容が減りました")
        size -= len(block)
        yield block


def _head(size: int, recipients: bytes, nonce: bytes) -> bytes:
    """Everything before the ciphertext. Each length is of all that follows inside."""
    tag = len(der.octets(bytes(_TAG)))
    algorithm = der.sequence(der.oid(_AES_GCM), der.sequence(der.octets(nonce), der.integer(_TAG)))
    content = der.oid(DATA) + algorithm + der.header(0x80, size)
    encrypted = der.header(SEQUENCE, len(content) + size) + content
    inside = der.integer(0) + recipients + encrypted
    enveloped = der.header(SEQUENCE, len(inside) + size + tag) + inside
    typed = der.oid(AUTH_ENVELOPED) + der.header(0xA0, len(enveloped) + size + tag) + enveloped
    return der.header(SEQUENCE, len(typed) + size + tag) + typed


def _nonce(algorithm: Element) -> bytes:
    fields = Fields(algorithm)
    if der.oid_of(fields.take(der.OID)) != _AES_GCM:
        der.refuse("it is not under AES-256-GCM", "AES-256-GCM ではありません")
    parameters = Fields(fields.take(SEQUENCE))
    nonce, tag = parameters.take(der.OCTET_STRING), parameters.take(der.INTEGER)
    if len(nonce.content) != _NONCE or der.integer_of(tag) != _TAG:
        der.refuse("nonce or tag are of another size", "ノンスまたはタグの長さが異なります")
    return nonce.content


def _recipient(certificate: x509.Certificate, key: bytes, at: dt.datetime) -> bytes:
    """The RecipientInfo of a certificate."""
    _check_use(certificate, at)
    public, named = acceptable(certificate.public_key()), issuer_and_serial(certificate.public_bytes(Encoding.DER)).raw
    if isinstance(public, rsa.RSAPublicKey):
        return der.sequence(der.integer(0), named, _OAEP, der.octets(public.encrypt(key, _oaep())))
    if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name in _AGREEMENTS:
        return _agreed(public, named, key)
    raise _refused("nothing can be encrypted for this kind of key", "この種類の鍵では暗号化できません")


def _check_use(certificate: x509.Certificate, at: dt.datetime) -> None:
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise _refused("the certificate of a recipient is not valid today", "受領者の証明書が有効期間外です")
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    except ValueError:
        raise _refused("a certificate is malformed", "証明書の形式が誤っています") from None
    if not (usage.key_encipherment or usage.key_agreement):
        raise _refused("a certificate is for signatures, not for keys", "証明書が署名用で、暗号化用ではありません")


def _agreed(public: ec.EllipticCurvePublicKey, named: bytes, key: bytes) -> bytes:
    scheme, digest = _AGREEMENTS[public.curve.name]
    own = ec.generate_private_key(public.curve)
    wrapped = keywrap.aes_key_wrap(_wrapping(own.exchange(ec.ECDH(), public), digest), key)
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    originator = der.tlv(0xA1, der.sequence(_EC) + der.tlv(der.BIT_STRING, b"\0" + point))
    return der.tlv(
        0xA1,
        der.integer(3)
        + der.tlv(0xA0, originator)
        + der.sequence(der.oid(scheme), _AES_WRAP)
        + der.sequence(der.sequence(named, der.octets(wrapped))),
    )


def _wrapping(secret: bytes, digest: hashes.HashAlgorithm) -> bytes:
    """RFC 5753 section 7.2: the shared information names what the key is for, and its length in bits."""
    info = der.sequence(_AES_WRAP, der.tlv(0xA2, der.octets((8 * _KEY).to_bytes(4))))
    return X963KDF(digest, _KEY, info).derive(secret)


def _oaep() -> padding.OAEP:
    return padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


def _content_key(recipients: Sequence[Element], private: Any) -> bytes:
    """What one of the entries gives to this key. Which one is for it is tried: a wrong one does not open."""
    for recipient in recipients[:_MAX_RECIPIENTS]:
        try:
            key = _sent(recipient, private) if recipient.tag == SEQUENCE else _exchanged(recipient, private)
        except (ValueError, keywrap.InvalidUnwrap):
            continue
        if key is not None and len(key) == _KEY:
            return key
    raise _unopened("it is not for this key", "この鍵宛てではありません")


def _sent(recipient: Element, private: Any) -> bytes | None:
    fields = Fields(recipient)
    _, _, algorithm, sent = (fields.take() for _ in range(4))
    if not isinstance(private, rsa.RSAPrivateKey) or algorithm.raw != _OAEP:
        return None
    return private.decrypt(sent.content, _oaep())


def _exchanged(recipient: Element, private: Any) -> bytes | None:
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name not in _CURVES:
        return None
    fields = Fields(recipient, 0xA1)
    fields.take(der.INTEGER)
    originator = Fields(der.inside(fields.take(0xA0)), 0xA1)
    originator.take(SEQUENCE)
    point = originator.take(der.BIT_STRING).content[1:]
    scheme = Fields(fields.take(SEQUENCE))
    digest = _HASHES.get(der.oid_of(scheme.take(der.OID)))
    if digest is None or scheme.take(SEQUENCE).raw != _AES_WRAP:
        return None
    other = ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[private.curve.name](), point)
    wrapping = _wrapping(private.exchange(ec.ECDH(), other), digest)
    for entry in der.parts(fields.take(SEQUENCE))[:_MAX_RECIPIENTS]:
        _, wrapped = der.parts(entry)
        return keywrap.aes_key_unwrap(wrapping, wrapped.content)
    return None


def _refused(en: str, ja: str) -> InputError:
    return InputError(t("the file cannot be encrypted", "ファイルを暗号化できません"), why=t(en, ja))


def _unopened(en: str, ja: str) -> VerificationError:
    return VerificationError(t("the file cannot be opened", "ファイルを開けません"), why=t(en, ja))
