"""Verifying the proof that a log was forked, offline: the key that signed both trees is the name of the log.

1  form            it is one document of this kind                    gate
2  issuer key      the log's identifier is an Ed25519 key             gate
3  contradiction   that key signed two trees that no log can have
"""

from __future__ import annotations

from tegata.log import Fork, verify_fork
from tegata.model.base import decode_fixed, t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Check, Verification
from tegata.trust.checks import concluded, failed, passed
from tegata.trust.key_history import NO_ROLLS, Rolls, follow


def verify_fork_document(data: bytes, known: Rolls = NO_ROLLS) -> Verification:
    """Whether a document shows that a log was forked: then total-passed. Never raises, whatever `data` is.

    `known`: rolls of keys that the reader has.
    """
    checks: list[Check] = []
    try:
        fork = _read(data)
        checks.append(passed("form", t("it is a well-formed proof of a fork", "正しい形式の分岐の証明です")))
        keys = follow(fork.origin, known.get(fork.origin, ()))
        checks.append(passed("issuer key", t(f"the log is that of `{fork.origin}`", f"`{fork.origin}` のログです")))
        checks.append(passed("contradiction", verify_fork(fork, keys.open)))
    except VerificationError as error:
        checks.append(failed(("form", "issuer key", "contradiction")[len(checks)], error))
    return concluded(checks, None)


def _read(data: bytes) -> Fork:
    try:
        return decode_fixed(data, Fork)
    except ValueError:
        raise VerificationError(t("it is no proof of a fork", "分岐の証明ではありません")) from None
