"""Which policies hold along a path (RFC 5280 section 6.1 d to f and g, as RFC 9618 made it: a graph, not a tree).

The tree of RFC 5280 grows exponentially with a hostile chain; in the graph each policy stands once per depth.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from tegata.trust.pki.certificate import ANY_POLICY, Certificate


@dataclass
class _Node:
    expected: set[str]  # under which names the next certificate may carry the policy on
    parents: set[str]  # policies of the depth above; empty at the root


@dataclass
class PolicyGraph:
    """Depths of nodes by policy; empty when no policy is left that could hold."""

    depths: list[dict[str, _Node]] = field(default_factory=lambda: [{ANY_POLICY: _Node({ANY_POLICY}, set())}])

    @property
    def empty(self) -> bool:
        return not self.depths

    def descend(self, policies: Collection[str] | None, *, any_allowed: bool) -> None:
        """One certificate further (6.1.3 d, e)."""
        if self.empty:
            return
        above, below = self.depths[-1], dict[str, _Node]()
        for policy in policies or ():
            if policy != ANY_POLICY:
                parents = {name for name, node in above.items() if policy in node.expected}
                if parents or ANY_POLICY in above:
                    below[policy] = _Node({policy}, parents or {ANY_POLICY})
        if policies is not None and ANY_POLICY in policies and any_allowed:
            for policy in {expected for node in above.values() for expected in node.expected} - set(below):
                below[policy] = _Node({policy}, {name for name, node in above.items() if policy in node.expected})
        self.depths.append(below)
        self._prune()

    def map(self, mappings: Mapping[str, set[str]], *, allowed: bool) -> None:
        """Policies of the issuer are called otherwise from here on (6.1.4 b); where that is inhibited they end."""
        if self.empty:
            return
        nodes = self.depths[-1]
        for policy, others in mappings.items():
            if not allowed:
                nodes.pop(policy, None)
            elif policy in nodes:
                nodes[policy].expected = set(others)
            elif ANY_POLICY in nodes:
                nodes[policy] = _Node(set(others), {ANY_POLICY})
        self._prune()

    def valid(self, wanted: Collection[str]) -> frozenset[str]:
        """The policies, in the issuers' own names nearest the anchor, that hold and are wanted (6.1.5 g)."""
        if self.empty:
            return frozenset()
        held = {
            policy
            for depth in self.depths
            for policy, node in depth.items()
            if policy != ANY_POLICY and ANY_POLICY in node.parents
        }
        anything = ANY_POLICY in self.depths[-1]
        if ANY_POLICY in wanted:
            return frozenset(held | ({ANY_POLICY} if anything else set()))
        return frozenset(wanted if anything else held.intersection(wanted))

    def _prune(self) -> None:
        """Nodes without a child lead nowhere (6.1.3 d 3); when the last depth is empty, so is all."""
        needed = {parent for node in self.depths[-1].values() for parent in node.parents}
        for depth in reversed(self.depths[:-1]):
            for policy in depth.keys() - needed:
                del depth[policy]
            needed = {parent for node in depth.values() for parent in node.parents}
        if not self.depths[-1]:
            self.depths.clear()


def mappings_of(certificate: Certificate) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for issuer, subject in certificate.mappings:
        found.setdefault(issuer, set()).add(subject)
    return found
