"""The steps that path.py lists, each over a whole chain: RFC 5280 section 6.1, whose letters the comments name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509

from tegata.model.base import Text, t
from tegata.trust.pki.certificate import ANY_POLICY, Certificate
from tegata.trust.pki.chains import Chain
from tegata.trust.pki.policies import PolicyGraph, mappings_of
from tegata.trust.pki.revocation import Status
from tegata.trust.pki.signature import Algorithms
from tegata.trust.pki.subtrees import Subtrees


@dataclass(frozen=True)
class PathPolicy:
    """What the reader asks of a path (RFC 5280 section 6.1.1 c to g)."""

    policies: frozenset[str] = frozenset({ANY_POLICY})
    explicit: bool = False  # some policy must hold
    inhibit_mapping: bool = False
    inhibit_any: bool = False
    revocation: bool = True  # whether each certificate must be known not to be revoked
    freshness: dt.timedelta = dt.timedelta(0)  # for how long an OCSP answer counts that does not say until when
    algorithms: Algorithms = field(default_factory=Algorithms)


@dataclass
class Walk:
    """One chain on its way through the steps, and what they found out."""

    chain: Chain
    at: dt.datetime
    policy: PathPolicy
    signed: Callable[[Certificate, Certificate], bool]  # a certificate by the key of another
    status: Callable[[Certificate, Certificate], Status]  # of a certificate by its issuer
    policies: frozenset[str] = frozenset()
    revoked: tuple[Certificate, dt.datetime, str] | None = None

    @property
    def links(self) -> tuple[Certificate, ...]:
        return self.chain.links

    @property
    def pairs(self) -> Iterator[tuple[Certificate, Certificate]]:
        """Each issuer and what it issued, downwards."""
        return zip((self.chain.anchor.certificate, *self.links), self.links, strict=False)


class StepError(Exception):
    """A step does not hold. `indication`: in the words of EN 319 102-1 clause 5.1.3."""

    def __init__(self, indication: str, en: str, ja: str) -> None:
        super().__init__(en)
        self.indication, self.say = indication, t(en, ja)


def _chain(walk: Walk) -> Text:
    anchor, count = walk.chain.anchor.certificate, len(walk.links)
    return t(
        f"{count} certificates lead from the anchor `{anchor}`", f"信頼の起点 `{anchor}` から {count} 枚でつながります"
    )


def _signatures(walk: Walk) -> Text:
    key = walk.chain.anchor.key
    for issuer, link in walk.pairs:
        if not walk.signed(link, issuer) and not (issuer.inherited and link.signed_by(key)):
            raise StepError(
                "CERTIFICATE_CHAIN_GENERAL_FAILURE",
                f"`{link}` is not signed with the key of `{issuer}`",
                f"`{link}` は `{issuer}` の鍵で署名されていません",
            )
        key = link.key_under(key)
    return t("each is signed with the key of the one above", "それぞれが一つ上の鍵で署名されています")


def _algorithms(walk: Walk) -> Text:
    for issuer, link in walk.pairs:
        if weak := walk.policy.algorithms.weakness(issuer.key, link.parsed):
            raise StepError(
                "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
                f"`{link}` is signed with `{weak}`, which is too weak",
                f"`{link}` の署名に使われた `{weak}` は弱すぎます",
            )
    return t("all algorithms are strong enough", "アルゴリズムはすべて十分な強さです")


def _dates(walk: Walk) -> Text:
    at = walk.at
    for link in walk.links:
        if not link.valid_from <= at <= link.valid_until:
            first, last = (f"{day:%Y-%m-%d %H:%M}" for day in (link.valid_from, link.valid_until))
            raise StepError(
                "OUT_OF_BOUNDS_NO_POE",
                f"`{link}` is valid from {first} until {last}, not at {at:%Y-%m-%d %H:%M}",
                f"`{link}` の有効期間は {first} から {last} で、{at:%Y-%m-%d %H:%M} は外れています",
            )
    return t(f"all are valid at {at:%Y-%m-%d %H:%M}", f"{at:%Y-%m-%d %H:%M} にすべて有効です")


def _authorities(walk: Walk) -> Text:
    """Self-issued links do not count for the length (6.1.4 l)."""
    left = len(walk.links)
    for link in walk.links[:-1]:
        if not link.is_authority or link.parsed.version is not x509.Version.v3:
            raise _general(f"`{link}` may not issue certificates", f"`{link}` は証明書を発行できません")
        if not link.self_issued:
            if left <= 0:
                raise _general(f"`{link}` is too far down", f"`{link}` は階層が深すぎます")
            left -= 1
        constraints = link.extension(x509.BasicConstraints)
        if constraints is not None and constraints.path_length is not None:
            left = min(left, constraints.path_length)
        if not link.may("key_cert_sign"):
            raise _general(f"the key of `{link}` may not sign certificates", f"`{link}` の鍵では証明書に署名できません")
    return t("each above the last may issue it", "上位のそれぞれに発行の権限があります")


def _extensions(walk: Walk) -> Text:
    for link in walk.links:
        if link.unknown_critical:
            oid = link.unknown_critical[0]
            raise _general(
                f"`{link}` holds the critical extension `{oid}`, which is not understood",
                f"`{link}` の重要な拡張 `{oid}` を解釈できません",
            )
    return t("every critical extension is understood", "重要な拡張はすべて解釈できます")


def _names(walk: Walk) -> Text:
    trees = Subtrees().narrowed(walk.chain.anchor.certificate)  # what it says of itself binds it too (RFC 5937)
    for link in walk.links:
        last = link is walk.links[-1]
        if (last or not link.self_issued) and (name := trees.offence(link.names)):
            raise _general(
                f"`{link}` names `{name}`, which an authority above may not name",
                f"`{link}` の名前 `{name}` は、上位の認証局に許されていません",
            )
        trees = trees.narrowed(link)
    return t("all names are such as the authorities may give", "名前はすべて上位の制約に従っています")


def _policies(walk: Walk) -> Text:
    """Counters of 6.1.2 d to f: how many links further something is still left open; none means for ever."""
    asked, length = walk.policy, len(walk.links)
    graph, never = PolicyGraph(), length + 1
    explicit, mapping, anything = (
        0 if now else never for now in (asked.explicit, asked.inhibit_mapping, asked.inhibit_any)
    )
    for link in walk.links:
        last = link is walk.links[-1]
        graph.descend(link.policies, any_allowed=anything > 0 or (link.self_issued and not last))
        if not explicit and graph.empty:
            raise _no_policy(link)
        if any(ANY_POLICY in pair for pair in link.mappings):
            raise _general(f"`{link}` maps every policy at once", f"`{link}` が任意のポリシーを写像しています")
        if not last:
            graph.map(mappings_of(link), allowed=mapping > 0)
        if last or not link.self_issued:
            explicit, mapping, anything = (max(count - 1, 0) for count in (explicit, mapping, anything))
        stated, inhibit = link.extension(x509.PolicyConstraints), link.extension(x509.InhibitAnyPolicy)
        if stated is not None:
            explicit = _least(explicit, stated.require_explicit_policy)
            mapping = _least(mapping, stated.inhibit_policy_mapping)
        anything = _least(anything, inhibit.skip_certs if inhibit else None)
    walk.policies = graph.valid(asked.policies)
    if not explicit and not walk.policies:
        raise _no_policy(walk.links[-1])
    return t("the policies hold as asked", "ポリシーは求められたとおりです")


def _least(count: int, stated: int | None) -> int:
    return count if stated is None else min(count, stated)


def _revocation(walk: Walk) -> Text:
    """From the anchor downwards, so that who signs a list about a link has been judged before it."""
    if not walk.policy.revocation:
        return t("it was not asked whether any is revoked", "失効の確認は求められていません")
    for issuer, link in walk.pairs:
        status = walk.status(issuer, link)
        if status.revoked is not None:
            at, reason = status.revoked
            walk.revoked = (link, at, reason.value)
            raise _revoked(walk, link, at, reason)
        if status.say is not None:
            raise StepError(status.indication, f"`{link}`: {status.say.en}", f"`{link}`: {status.say.ja}")
    return t(f"none was revoked at {walk.at:%Y-%m-%d %H:%M}", f"{walk.at:%Y-%m-%d %H:%M} に失効したものはありません")


def _revoked(walk: Walk, link: Certificate, at: dt.datetime, reason: x509.ReasonFlags) -> StepError:
    """A hold may be lifted again, so it is worth trying later; anything else stays."""
    indication = "REVOKED_NO_POE" if link is walk.links[-1] else "REVOKED_CA_NO_POE"
    if reason is x509.ReasonFlags.certificate_hold:
        indication = "TRY_LATER"
    return StepError(
        indication,
        f"`{link}` was revoked on {at:%Y-%m-%d %H:%M} ({reason.value})",
        f"`{link}` は {at:%Y-%m-%d %H:%M} に失効しました({reason.value})",
    )


def _general(en: str, ja: str) -> StepError:
    return StepError("CERTIFICATE_CHAIN_GENERAL_FAILURE", en, ja)


def _no_policy(link: Certificate) -> StepError:
    return StepError(
        "CHAIN_CONSTRAINTS_FAILURE",
        f"no policy that is asked for holds down to `{link}`",
        f"求められたポリシーが `{link}` まで成り立っていません",
    )


STEPS: Final[dict[str, Callable[[Walk], Text]]] = {
    "chain": _chain,
    "signatures": _signatures,
    "algorithms": _algorithms,
    "dates": _dates,
    "authorities": _authorities,
    "extensions": _extensions,
    "names": _names,
    "policies": _policies,
    "revocation": _revocation,
}
