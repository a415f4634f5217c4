"""Certificates as files hold them."""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.model.base import t
from tegata.model.errors import InputError, Say, why_of


def load_certificates(path: Path) -> list[x509.Certificate]:
    """The certificates of a file, in PEM or one in DER. Raises InputError when there is none."""
    try:
        return read_certificates(path.read_bytes())
    except OSError as error:
        why: Say = why_of(error)
    except InputError as error:
        why = error.why
    raise InputError(t(f"no certificate in `{path}`", f"`{path}` に証明書がありません"), why=why)


def certificate_text(path: Path) -> str:
    """The first certificate of a file, DER in base64: how requests name it. Raises InputError when there is none."""
    return base64.b64encode(load_certificates(path)[0].public_bytes(Encoding.DER)).decode()


def read_certificates(data: bytes) -> list[x509.Certificate]:
    """The certificates of a document, in PEM or one in DER. Raises InputError when there is none."""
    try:
        if data[:1] == b"\x30":
            return [x509.load_der_x509_certificate(data)]
        return x509.load_pem_x509_certificates(data)
    except (ValueError, UnsupportedAlgorithm):
        raise InputError(
            t("there is no certificate", "証明書がありません"),
            why=t("it holds no X.509 certificates in PEM or DER", "PEM または DER の X.509 証明書ではありません"),
        ) from None
