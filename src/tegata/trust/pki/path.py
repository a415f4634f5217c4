"""Validating a certification path: the steps of RFC 5280 section 6.1, each told in words.

    1  chain        the certificate leads to an anchor, each name to the next      6.1.3 a 4
    2  signatures   each is signed with the key of the one above                   6.1.3 a 1
    3  algorithms   none is weaker than the reader accepts                         EN 319 102-1 clause 5.2.8
    4  dates        each was valid at the time in question                         6.1.3 a 2
    5  authorities  each above the last may issue, and so far down                 6.1.4 k to n
    6  extensions   every critical one is understood                               6.1.4 o, 6.1.5 f
    7  names        each is one that the authorities above may name                6.1.3 b, c
    8  policies     at least one holds all along, where that is asked              6.1.3 d to f, 6.1.5 g
    9  revocation   none was revoked at that time                                  6.1.3 a 3, 6.3

A step that fails ends the walk, because the ones below rest on it; but for algorithms and dates, which weigh least and
are told with what else is wrong. A path that does not hold is never proof of
the contrary: all failures are indeterminate, in the words of EN 319 102-1 clause 5.2.6.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tegata.model.base import t
from tegata.model.evidence import Check, Verification
from tegata.trust.pki.certificate import Anchor, Certificate
from tegata.trust.pki.chains import Chain, Pool
from tegata.trust.pki.crl import RevocationList
from tegata.trust.pki.ocsp import StatusAnswer, answered_status, needs_no_check
from tegata.trust.pki.revocation import Status, revocation_status
from tegata.trust.pki.steps import STEPS, PathPolicy, StepError, Walk

_PLAIN: Final = PathPolicy()
_MAX_CHAINS: Final = 32  # judged in full
_LIGHT: Final = frozenset({"algorithms", "dates"})  # weigh less than what comes after them, in this order
_MAX_SIGNERS: Final = 4  # of a list, signers of the list about a signer, and so on


@dataclass(frozen=True)
class PathResult:
    """The best chain that was found, and what was said of it. `chain` is None when there was none.

    `verification` is total-passed or indeterminate. `revoked` names the certificate of the chain that was revoked.
    """

    verification: Verification
    chain: Chain | None = None
    policies: frozenset[str] = frozenset()
    revoked: tuple[Certificate, dt.datetime, str] | None = None

    @property
    def passed(self) -> bool:
        return self.verification.verdict == "total-passed"


def validate_path(
    certificate: Certificate,
    *,
    anchors: Sequence[Anchor],
    others: Sequence[Certificate] = (),
    lists: Sequence[RevocationList] = (),
    answers: Sequence[StatusAnswer] = (),
    at: dt.datetime,
    policy: PathPolicy = _PLAIN,
) -> PathResult:
    """Tells whether a certificate was good at a time. Never raises, whatever the certificates hold.

    Args:
        certificate: the one in question; `others` may serve as links, in any order, and need not be of use.
        anchors: whom the reader trusts. A certificate that is itself an anchor is good as such.
        lists: revocation lists; those that do not matter are passed over.
        answers: of OCSP responders; one that may be taken goes before the lists.
        at: the time in question, aware of its zone.
        policy: what else the reader asks.

    Returns:
        the first chain that passes; when none does, the one that came furthest.
    """
    if any(anchor.certificate == certificate for anchor in anchors):
        say = t("the reader trusts this very certificate", "この証明書そのものを信頼しています")
        return PathResult(
            Verification(verdict="total-passed", checks=(Check(name="chain", verdict="passed", say=say),))
        )
    return _Judge(Pool(others, anchors), tuple(lists), tuple(answers), at, policy).best(certificate)


@dataclass(frozen=True)
class _Judge:
    """What stays the same for every chain of one question, the paths of those who sign lists included."""

    pool: Pool
    lists: tuple[RevocationList, ...]
    answers: tuple[StatusAnswer, ...]
    at: dt.datetime
    policy: PathPolicy
    asking: tuple[Certificate, ...] = ()  # signers of lists whose own paths are being judged

    def best(self, certificate: Certificate) -> PathResult:
        best = PathResult(_NO_CHAIN)
        for chain, _ in zip(self.pool.chains(certificate), range(_MAX_CHAINS), strict=False):
            result = self.judged(chain)
            if result.passed:
                return result
            if len(result.verification.checks) > len(best.verification.checks) or best.chain is None:
                best = result
        return best

    def judged(self, chain: Chain) -> PathResult:
        """One chain on its way through the steps."""
        trusted = [anchor.certificate for anchor in self.pool.anchors]

        def listed(link: Certificate) -> Status:
            return revocation_status(link, self.lists, self.at, lambda crl: self.signers(crl, chain.anchor))

        def weak(answer: StatusAnswer) -> str:
            return self.policy.algorithms.weakness(None, answer.signed)

        def unrevoked(responder: Certificate) -> bool:
            return responder in trusted or needs_no_check(responder) or listed(responder) == Status()

        def status(issuer: Certificate, link: Certificate) -> Status:
            fresh, known = self.policy.freshness, (*trusted, *self.pool.certificates)
            answered = answered_status(link, issuer, self.answers, self.at, unrevoked, fresh, known, weak)
            if answered and answered.say is None:
                return answered
            by_lists = listed(link)
            return answered if answered and by_lists.say else by_lists

        walk, checks, indication = Walk(chain, self.at, self.policy, self.pool.signed, status), list[Check](), ""
        for name, step in STEPS.items():
            try:
                checks.append(Check(name=name, verdict="passed", say=step(walk)))
            except StepError as error:
                checks.append(Check(name=name, verdict="indeterminate", say=error.say))
                if name not in _LIGHT:
                    indication = error.indication
                    break
                indication = indication or error.indication
        else:
            indication = _of_dates(walk, indication)
        verdict = "indeterminate" if indication else "total-passed"
        verification = Verification(verdict=verdict, sub_indication=indication, checks=tuple(checks))
        return PathResult(verification, chain, walk.policies, walk.revoked)

    def signers(self, crl: RevocationList, anchor: Anchor) -> Iterator[tuple[object, str]]:
        """Keys of the anchor, and of certificates in the list issuer's name that a path of their own makes good."""
        return ((key, self.policy.algorithms.weakness(key, crl.parsed)) for key in self._keys(crl, anchor))

    def _keys(self, crl: RevocationList, anchor: Anchor) -> Iterator[object]:
        if anchor.subject == crl.issuer and anchor.certificate.may("crl_sign"):
            yield anchor.key
        for certificate in self.pool.named(crl.issuer):
            if certificate.may("crl_sign") and crl.signed_by(certificate.key) and self._vouched(certificate, anchor):
                yield certificate.key

    def _vouched(self, certificate: Certificate, anchor: Anchor) -> bool:
        """An authority may let a signer of lists speak of itself, but never two of each other."""
        if certificate in self.asking or len(self.asking) >= _MAX_SIGNERS:
            return self.asking[-1] == certificate
        pool = Pool(self.pool.certificates, (anchor,))
        plain = PathPolicy(revocation=self.policy.revocation, algorithms=self.policy.algorithms)
        return (
            _Judge(pool, self.lists, self.answers, self.at, plain, (*self.asking, certificate)).best(certificate).passed
        )


def _of_dates(walk: Walk, indication: str) -> str:
    """When nothing but dates is wrong, and those of the certificate alone, it is known not to be revoked (5.2.6)."""
    *above, last = (link.valid_from <= walk.at <= link.valid_until for link in walk.links)
    alone = indication == "OUT_OF_BOUNDS_NO_POE" and all(above) and not last
    return "OUT_OF_BOUNDS_NOT_REVOKED" if alone and walk.policy.revocation else indication


_NO_CHAIN: Final = Verification(
    verdict="indeterminate",
    sub_indication="NO_CERTIFICATE_CHAIN_FOUND",
    checks=(
        Check(
            name="chain",
            verdict="indeterminate",
            say=t(
                "no chain leads to anybody whom you trust: give the certificates between, or the anchor",
                "信頼の起点につながりません。間の証明書か起点を指定してください",
            ),
        ),
    ),
)
