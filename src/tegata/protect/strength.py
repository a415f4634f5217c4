"""Which of two steps on one column is carried out where rules ask for both."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from tegata.model.step import (
    Drop,
    Encrypt,
    EncryptFpe,
    Generalise,
    Keep,
    Mask,
    Pseudonymise,
    RedactText,
    RoundLocation,
    ShiftDates,
    Step,
    SuppressRare,
    Tokenise,
    TopBottomCode,
)

Asked = tuple[Step, str]  # and the rules that ask for it
# From weakest to strongest, by what is left of a value: of a redacted text most is known, a coded value is known within
# the limits, a generalised one still tells something true about the person, a masked one its length and tail, a
# ciphertext its length and form and that two values are equal, a pseudonym only the latter, a dropped one nothing.
_STRENGTH: Final[Sequence[type[Step]]] = (
    Keep,
    RedactText,
    TopBottomCode,
    SuppressRare,
    Generalise,
    RoundLocation,
    ShiftDates,
    Mask,
    EncryptFpe,
    Encrypt,
    Tokenise,
    Pseudonymise,
    Drop,
)
_APART: Final = {Generalise, RoundLocation, ShiftDates}
_DATES: Final = ("year_month", "year", "decade")


def merged(first: Asked, second: Asked) -> Asked:
    """The stronger of two steps on one column, with the rules that ask for it; of two that cannot be compared neither
    is enough, so the column is dropped."""
    step = _stronger(first[0], second[0])
    rules = [rule for own, rule in (first, second) if rule and (own == step or step not in (first[0], second[0]))]
    return step, ", ".join(dict.fromkeys(rules))


def _stronger(first: Step, second: Step) -> Step:
    kinds = {type(first), type(second)}
    if isinstance(first, RedactText) and isinstance(second, RedactText):
        return _both(first, second)
    if RedactText in kinds and any(map(_tells_text, (first, second))):
        return Drop(column=first.column)
    if len(kinds) > 1 and not kinds <= _APART:
        return max(first, second, key=lambda step: _STRENGTH.index(type(step)))
    measure = _coarseness(first, second)
    return max(first, second, key=measure) if measure else Drop(column=first.column)


def _both(first: RedactText, second: RedactText) -> RedactText:
    kinds = {*first.kinds, *second.kinds} if first.kinds and second.kinds else ()
    return msgspec.structs.replace(first, kinds=tuple(sorted(kinds)), known=(*first.known, *second.known))


def _tells_text(step: Step) -> bool:
    """Whether a part of a text may leave by it with all that stands in it."""
    match step:
        case SuppressRare() | Generalise(to="first_chars"):
            return True
        case Mask(show_last=shown):
            return shown > 0
    return False


def _coarseness(first: Step, second: Step) -> Callable[[Any], float] | None:
    """How to compare two steps of a kind; None when one is not simply coarser than the other."""
    match first, second:
        case (Drop(), Drop()) | (Pseudonymise(), Pseudonymise()) | (Tokenise(), Tokenise()):
            return lambda _: 0
        case Encrypt(held_in=a), Encrypt(held_in=b) if a == b:
            return lambda step: not step.deterministic
        case EncryptFpe(alphabet=a), EncryptFpe(alphabet=b) if a == b:
            return lambda _: 0
        case Mask(), Mask():
            return lambda step: -float(step.show_last)
        case TopBottomCode(), TopBottomCode() if inner := _within(first, second):
            return lambda step: float(step == inner)
        case SuppressRare(), SuppressRare():
            return lambda step: float(step.least)
        case ShiftDates(subject=a, domain=b), ShiftDates(subject=c, domain=d) if (a, b) == (c, d):
            return lambda step: float(step.days)
        case RoundLocation(), RoundLocation():
            return lambda step: float(step.min_error_m)
        case Generalise(), Generalise():
            return _grains(first, second)
    return None


def _grains(first: Generalise, second: Generalise) -> Callable[[Generalise], float] | None:
    match (first.to, second.to):
        case ("first_chars", "first_chars"):
            return lambda step: -float(step.n)
        case ("number_range", "number_range") if max(first.n, second.n) % min(first.n, second.n) == 0:
            return lambda step: float(step.n)
        case (one, other) if one in _DATES and other in _DATES:
            return lambda step: _DATES.index(step.to)
    return None


def _within(first: TopBottomCode, second: TopBottomCode) -> TopBottomCode | None:
    """The one of two codings whose limits lie within those of the other."""
    for inner, outer in ((first, second), (second, first)):
        if _limits(inner)[0] >= _limits(outer)[0] and _limits(inner)[1] <= _limits(outer)[1]:
            return inner
    return None


def _limits(step: TopBottomCode) -> tuple[float, float]:
    return -math.inf if step.bottom is None else step.bottom, math.inf if step.top is None else step.top
