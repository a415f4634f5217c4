"""Ways from a certificate to an anchor, the likely ones first. Bounded, however many certificates a stranger brings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from tegata.trust.pki.certificate import Anchor, Certificate
from tegata.trust.pki.names import CanonicalName

MAX_LENGTH: Final = 12  # certificates in a chain
MAX_STEPS: Final = 512  # certificates looked at in one search


class Chain(NamedTuple):
    """`links` run from the anchor downwards: each is issued by the one before it, the first by the anchor."""

    anchor: Anchor
    links: tuple[Certificate, ...]


class Pool:
    """Certificates that somebody brought along, by subject."""

    def __init__(self, certificates: Sequence[Certificate], anchors: Sequence[Anchor]) -> None:
        self.certificates = tuple(dict.fromkeys(certificates))
        self.anchors = tuple(anchors)
        self._by_subject: dict[CanonicalName, list[Certificate]] = {}
        for certificate in self.certificates:
            self._by_subject.setdefault(certificate.subject, []).append(certificate)
        self._signed: dict[tuple[Certificate, Certificate], bool] = {}

    def chains(self, leaf: Certificate) -> Iterator[Chain]:
        """Every chain by names; where several issuers fit, those whose key signed come first."""
        budget = MAX_STEPS
        waiting: list[tuple[Certificate, ...]] = [(leaf,)]
        while waiting:
            links = waiting.pop()
            for anchor in self._ordered(links[0], [a for a in self.anchors if a.subject == links[0].issuer]):
                yield Chain(anchor, links)
            above = [c for c in self.named(links[0].issuer) if c not in links][:budget]
            if len(links) < MAX_LENGTH:
                budget -= len(above)
                waiting.extend(
                    (issuer, *links) for issuer in sorted(above, key=lambda c: self._likelihood(links[0], c))
                )

    def named(self, subject: CanonicalName) -> Sequence[Certificate]:
        return self._by_subject.get(subject, ())

    def signed(self, child: Certificate, issuer: Certificate) -> bool:
        pair = (child, issuer)
        if pair not in self._signed:
            self._signed[pair] = child.signed_by(issuer.key)
        return self._signed[pair]

    def _ordered(self, child: Certificate, anchors: list[Anchor]) -> list[Anchor]:
        return sorted(anchors, key=lambda anchor: -self._likelihood(child, anchor.certificate))

    def _likelihood(self, child: Certificate, issuer: Certificate) -> int:
        """The last is taken first from what waits."""
        return 2 * self.signed(child, issuer) + (child.authority_key_id == issuer.key_id)
