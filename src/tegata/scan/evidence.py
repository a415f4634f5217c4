"""How much a column's values speak for a recogniser: natural-log likelihood ratios, never scores."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

from tegata.scan.matcher import Hits
from tegata.scan.recogniser import Recogniser

# Share of well-formed values in a column that really is of the kind (a little dirt is usual), and in one that is not.
_CLEAN = (8.0, 0.4)
_FOREIGN = (0.3, 6.0)
# Share of values with a right check digit in a column that really is of the kind.
_PROVEN = (20.0, 0.5)
# Codes with a structure of their own do not pass a foreign check as random numbers would: some columns far more often.
_STRUCTURED, _STRUCTURED_SHARE = (0.5, 3.0), 0.1
LEAST, MOST = -12.0, 30.0  # values of one column are not independent: no evidence is stronger than this
_TELLING = 0.003  # rarity of a shape that tells by itself, without a check digit
LEAST_PROOF = -6.0  # test data and masked copies carry wrong check digits under the right header


def _beta_binomial(hits: int, of: int, shape: tuple[float, float]) -> float:
    """Log probability of `hits` of `of` when the share itself is beta distributed (the binomial factor cancels out)."""
    a, b = shape
    return lgamma(hits + a) + lgamma(of - hits + b) - lgamma(of + a + b) + lgamma(a + b) - lgamma(a) - lgamma(b)


def _clamp(value: float, least: float) -> float:
    return max(least, min(MOST, value))


def shape_weight(distinct: int, shaped: int, rarity: float) -> float:
    """Evidence of the shape: `shaped` of `distinct` values have it, as has a share `rarity` of all other columns."""
    if not distinct:
        return 0.0
    clean = _beta_binomial(shaped, distinct, _CLEAN)
    foreign = _beta_binomial(shaped, distinct, _FOREIGN)
    other = _log_sum(log(rarity) + clean, log1p(-min(rarity, 1 - 1e-9)) + foreign)
    return _clamp(clean - other, LEAST)


def proof_weight(hits: Hits, chance: float) -> float:
    """Evidence of the check: `valid` of the `shaped` values pass, as would a share `chance` of random ones."""
    if not hits.shaped or chance >= 1:
        return 0.0
    random = hits.valid * log(chance) + (hits.shaped - hits.valid) * log1p(-chance)
    structured = _beta_binomial(hits.valid, hits.shaped, _STRUCTURED)
    other = _log_sum(log1p(-_STRUCTURED_SHARE) + random, log(_STRUCTURED_SHARE) + structured)
    return _clamp(_beta_binomial(hits.valid, hits.shaped, _PROVEN) - other, LEAST_PROOF)


def tells_alone(recogniser: Recogniser) -> bool:
    """Whether values can tell the kind under a header that says nothing."""
    return recogniser.category != "ordinary" and (recogniser.rarity <= _TELLING or recogniser.chance < 1)


def _log_sum(a: float, b: float) -> float:
    high, low = max(a, b), min(a, b)
    return high + log1p(exp(low - high))
