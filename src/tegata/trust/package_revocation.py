"""That no certificate behind the time-stamps of a package was revoked, by what the package itself brings.

An authority's certificate ends, and with it what its issuer publishes. So the maker lays in, below `validation/`:

    validation/NAME.crl     revocation lists (DER)
    validation/NAME.ocsp    answers of OCSP responders (DER)
    validation/NAME.cer     certificates above those that the tokens bring (DER)

Whether the reader trusts the root of a path is no matter of this step: `time` says that.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding

from tegata.log import stamps
from tegata.model.base import Text, t
from tegata.model.errors import InputError, VerificationError
from tegata.model.evidence import Check
from tegata.trust.ades.paths import readable
from tegata.trust.checks import OpenError, attempt
from tegata.trust.pki import Anchor, Certificate, RevocationList, StatusAnswer, validate_path
from tegata.trust.timestamp import TimeStamp, name_of, read_token, verify_issue

FOLDER: Final = "validation/"
MOST_FILES: Final = 64  # that are looked at


class Issue(NamedTuple):
    """A token under the checkpoint: who issued it, with what it brings."""

    certificate: Certificate
    others: tuple[Certificate, ...]
    stamp: TimeStamp


def check_revocation(note: str, files: Mapping[str, bytes]) -> list[Check]:
    """What a package tells of the authorities that stamped its checkpoint; nothing where it brings nothing of them."""
    brought = {name: data for name, data in files.items() if name.startswith(FOLDER) and "/" not in name[len(FOLDER) :]}
    return [attempt("revocation", lambda case: _told(note, case), brought)] if brought else []


def _told(note: str, files: Mapping[str, bytes]) -> Text:
    """VerificationError for one that was revoked when it stamped, OpenError where that is not known."""
    if len(files) > MOST_FILES:
        raise VerificationError(
            t(f"there are more than {MOST_FILES} files", f"ファイルが {MOST_FILES} 件を超えています")
        )
    others = tuple(readable(_of(files, ".cer"), Certificate.read))
    lists = tuple(readable(_of(files, ".crl"), RevocationList.read))
    answers = tuple(readable(_of(files, ".ocsp"), StatusAnswer.read))
    issues = list(issues_of(note))
    for one in issues:
        _check(one, others, lists, answers)
    names = ", ".join(f"`{_name(one.certificate)}`" for one in issues)
    return t(
        f"not revoked when they stamped: {names}, by what the package brings (revocation lists: {len(lists)}, OCSP "
        f"answers: {len(answers)})",
        f"時刻証明の時点で失効していません: {names}（パッケージ内の失効リスト {len(lists)} 件、"
        f"OCSP 応答 {len(answers)} 件による）",
    )


def issues_of(note: str) -> list[Issue]:
    """Of each token under a checkpoint that its certificate signed, as it says itself; the others are none."""
    found = []
    with suppress(VerificationError):
        for _, token in stamps(note):
            with suppress(VerificationError, InputError):
                signed, stamp = read_token(token)
                own = Certificate.read(verify_issue(signed, stamp).public_bytes(Encoding.DER))
                found.append(Issue(own, tuple(readable(signed.certificates, Certificate.read)), stamp))
    return found


def _check(
    issue: Issue,
    others: tuple[Certificate, ...],
    lists: tuple[RevocationList, ...],
    answers: tuple[StatusAnswer, ...],
) -> None:
    known = (*issue.others, *others)
    roots = [Anchor(one) for one in known if one.subject == one.issuer and one.signed_by(one.key)]
    found = validate_path(
        issue.certificate, anchors=roots, others=known, lists=lists, answers=answers, at=issue.stamp.at
    )
    if found.revoked is not None:
        who, at, _ = found.revoked
        raise VerificationError(
            t(
                f"`{_name(who)}` was revoked on {at:%Y-%m-%d %H:%M:%S} UTC, before it stamped",
                f"`{_name(who)}` は時刻証明より前の {at:%Y-%m-%d %H:%M:%S} UTC に失効しています",
            )
        )
    if not found.passed:
        why = found.verification.checks[-1].say
        raise OpenError(t(f"`{_name(issue.certificate)}`: {why.en}", f"`{_name(issue.certificate)}`: {why.ja}"))


def _of(files: Mapping[str, bytes], ending: str) -> list[bytes]:
    return [data for name, data in files.items() if name.endswith(ending)]


def _name(certificate: Certificate) -> str:
    return name_of(certificate.parsed)
