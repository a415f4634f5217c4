"""Does one scheme take a service of another for its own? Step by step:

    1  type           an equivalence covers the type of the service
    2  time           it was enacted when the certificate was issued, and at the time in question
    3  status         the service's status counts as one here, at both times
    4  content        which conditions on the certificate are met, and what it counts as

A step that fails ends the walk: the certificate may be good where it comes from, and counts here as nothing special.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from tegata.model.base import Text, t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Check, Verification
from tegata.model.recognition import Agreement, Equivalence, Statement, Terms
from tegata.model.trusted_list import ListedService, Standing
from tegata.trust.checks import passed
from tegata.trust.pki import Certificate
from tegata.trust.recognition.content import (
    COMPLIANCE,
    DEVICE,
    LEGISLATION,
    TYPE,
    Statements,
    counted,
    covers,
    statements_of,
)

_GRANTED: Final = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
_INFO: Final = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
_QUALIFIED: Final = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
_PURPOSES: Final = {
    "signature": ("1", "ForeSignatures"),
    "seal": ("2", "ForeSeals"),
    "website": ("3", "ForWebSiteAuthentication"),
}


@dataclass(frozen=True)
class Recognition:
    """What the certificate counts as. `equivalence` is empty when none applies.

    `qualified`: in the sense of the EU (service of type CA/QC, granted, certificate with QcCompliance and of no other
    legislation), for `purposes` (signature, seal, website); `device`: its key lies in a qualified device.
    """

    verification: Verification
    equivalence: str = ""
    kind: str = ""
    status: str = ""
    statements: Statements = frozenset()
    qualified: bool = False
    device: bool = False
    purposes: tuple[str, ...] = ()


class _StepError(Exception):
    def __init__(self, step: str, say: Text) -> None:
        super().__init__(say)
        self.step, self.say = step, say


@dataclass(frozen=True)
class _Case:
    equivalence: Equivalence
    service: ListedService
    certificate: Certificate
    moments: tuple[dt.datetime, dt.datetime]  # issue of the certificate, and the time in question


def recognise(agreement: Agreement, service: ListedService, certificate: Certificate, at: dt.datetime) -> Recognition:
    """What a certificate of a service there counts as here at a time. Never raises, whatever the certificate holds.

    Of several equivalences the first that applies; when none does, the one that came furthest.
    """
    moments = (certificate.valid_from, at)
    tried = [_judged(_Case(each, service, certificate, moments)) for each in agreement.equivalences]
    applying = [one for one in tried if one.verification.verdict == "total-passed"]
    nothing = _concluded(
        [], _StepError("type", t("the agreement names no service", "合意にサービスの定めがありません"))
    )
    return next(iter(applying), max(tried, key=lambda one: len(one.verification.checks), default=nothing))


def _judged(case: _Case) -> Recognition:
    checks: list[Check] = []
    try:
        terms, standings = _type(case, checks)
        _time(case, terms, checks)
        counted_as = _status(terms, standings, checks)
        return _content(case, terms[0], standings[1], counted_as, checks)
    except _StepError as error:
        return _concluded(checks, error)
    except VerificationError as error:  # what the certificate states is malformed
        return _concluded(checks, _StepError("content", t(error.parts("en")[0], error.parts("ja")[0])))


def _concluded(checks: list[Check], error: _StepError) -> Recognition:
    told = (*checks, Check(name=error.step, verdict="failed", say=error.say))
    return Recognition(Verification(verdict="total-failed", checks=told))


def _type(case: _Case, checks: list[Check]) -> tuple[tuple[Terms, Terms], tuple[Standing, Standing]]:
    standings = tuple(case.service.at(moment) for moment in case.moments)
    terms = tuple(case.equivalence.at(moment) for moment in case.moments)
    for standing, some in zip(standings, terms, strict=True):
        newest = some or case.equivalence.terms[0]
        if standing is None or not any(
            kind.kind == standing.kind and set(kind.additional) <= set(standing.additional) for kind in newest.there
        ):
            raise _StepError(
                "type",
                t(
                    f"`{case.equivalence.id}` does not cover the type of the service",
                    f"`{case.equivalence.id}` はサービスの種別を対象としていません",
                ),
            )
    if None in terms:
        raise _not_enacted(case, case.moments[terms.index(None)])
    checks.append(
        passed(
            "type",
            t(
                f"`{case.equivalence.id}` covers the type of the service",
                f"`{case.equivalence.id}` がサービスの種別を対象としています",
            ),
        )
    )
    return terms, standings  # type: ignore[return-value]


def _time(case: _Case, terms: tuple[Terms, Terms], checks: list[Check]) -> None:
    for moment, some in zip(case.moments, terms, strict=True):
        if not some.enacted:
            raise _not_enacted(case, moment)
    issued, at = case.moments
    checks.append(
        passed(
            "time",
            t(
                f"it was enacted on {issued:%Y-%m-%d}, when the certificate was issued, and on {at:%Y-%m-%d}",
                f"証明書の発行日 {issued:%Y-%m-%d} と {at:%Y-%m-%d} の両方で発効していました",
            ),
        )
    )


def _not_enacted(case: _Case, moment: dt.datetime) -> _StepError:
    return _StepError(
        "time",
        t(
            f"`{case.equivalence.id}` was not enacted on {moment:%Y-%m-%d}",
            f"`{case.equivalence.id}` は {moment:%Y-%m-%d} に発効していませんでした",
        ),
    )


def _status(terms: tuple[Terms, Terms], standings: tuple[Standing, Standing], checks: list[Check]) -> list[str]:
    """What the status counted as at the issue of the certificate, and at the time in question."""
    counts = []
    for some, standing in zip(terms, standings, strict=True):
        here = next((pair.here for pair in some.valid if standing.status in pair.there), ())
        if not here:
            raise _StepError(
                "status",
                t(
                    f"the status `{standing.status}` counts as none here",
                    f"状態 `{standing.status}` に対応するものがありません",
                ),
            )
        counts.append(here[0])
    checks.append(passed("status", t(f"its status counts as `{counts[1]}`", f"状態は `{counts[1]}` に相当します")))
    return counts


def _content(case: _Case, terms: Terms, standing: Standing, statuses: list[str], checks: list[Check]) -> Recognition:
    """By the terms under which the certificate was issued."""
    own = statements_of(case.certificate)
    statements, met = own, []
    for content in terms.contents:
        holds, statements = counted(content, case.certificate, own, statements)
        met += [content.context.rpartition("/")[2]] if holds else []
    said = ", ".join(met) or "-"
    checks.append(
        passed("content", t(f"conditions on the certificate that are met: {said}", f"証明書が満たす条件: {said}"))
    )
    here = terms.here[0]
    qualifiers = {terms.qualifiers[one] for one in standing.qualifiers if one in terms.qualifiers}
    purposes = tuple(
        purpose
        for purpose, (number, info) in _PURPOSES.items()
        if _INFO + info in here.additional and _is_for(statements, f"{TYPE}.{number}")
    )
    return Recognition(
        Verification(verdict="total-passed", checks=tuple(checks)),
        equivalence=case.equivalence.id,
        kind=here.kind,
        status=statuses[1],
        statements=statements,
        qualified=here.kind == _QUALIFIED and set(statuses) == {_GRANTED} and _complies(statements) and bool(purposes),
        device=_device(statements, qualifiers),
        purposes=purposes,
    )


def _complies(statements: Statements) -> bool:
    return _has(statements, COMPLIANCE) and not _has(statements, LEGISLATION)


def _is_for(statements: Statements, type_: str) -> bool:
    """A certificate without types is for signatures (EN 319 412-5 clause 4.2.3)."""
    types = {one.type for one in statements if one.id == TYPE}
    return type_ in types if types else type_ == f"{TYPE}.1"


def _device(statements: Statements, qualifiers: set[str]) -> bool:
    """What the list says of the service goes before what the certificate says of itself (TS 119 615 clause 4.6)."""
    if _INFO + "QCNoQSCD" in qualifiers:
        return False
    return _INFO + "QCWithQSCD" in qualifiers or _has(statements, DEVICE)


def _has(statements: Statements, id_: str) -> bool:
    return any(covers(Statement(id=id_), one) for one in statements)
