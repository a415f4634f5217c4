"""A release beside all earlier ones of the same source: what it tells together with one of them is measured before it
leaves, and stands in its log entry.

What was compared outside of a transaction is compared to the end in the one that starts the transfer: of two that
start at once, the second is measured beside the first.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from tegata.model.base import digest
from tegata.model.catalog import Agreement
from tegata.model.plan import Beside, Earlier, Release
from tegata.protect.differencing import check_differences, earlier_words, together, worst
from tegata.store import Store, Transaction, traces
from tegata.transfer.making import MadeRelease
from tegata.transfer.parts import Told

MOST_COMPARED: Final = 100
"""Different releases, the newest: each takes up to a second."""


@dataclass(frozen=True)
class Measured:
    """How a release stands beside those up to the number `upto`."""

    upto: int = 0
    earlier: Earlier = field(default_factory=Earlier)


async def measured(store: Store, agreement: Agreement, made: MadeRelease) -> tuple[Measured, ...]:
    """Each table beside all that there are now, one in each transaction: nobody waits for it."""
    return tuple([await _measured(store, agreement, told) for told in made.told])


async def _measured(store: Store, agreement: Agreement, told: Told) -> Measured:
    before, now = Measured(-1), Measured()
    while now != before:
        further = functools.partial(_further, agreement=agreement, told=told, known=now, most=1)
        before, now = now, await store.read(further)
    return now


def account(
    tx: Transaction, transfer: str, agreement: Agreement, made: MadeRelease, known: Sequence[Measured]
) -> Earlier | None:
    """Measure beside what came since, and keep what this one tells. None for what tells nothing of people.

    Raises:
        DifferencingError: the agreement does not allow what is told together; nothing was kept.
    """
    found = [_further(tx, agreement, *one, MOST_COMPARED).earlier for one in zip(made.told, known, strict=True)]
    for told, one in zip(made.told, found, strict=True):
        asked = told.plan.differencing
        check_differences(asked, one.recipient if asked is not None and asked.of == "recipient" else one.anyone)
    for told in made.told:
        traces.put(tx, transfer, told.source, agreement.consumer, _digest(told), told.kept.data)
    return functools.reduce(_both, found) if found else None


def _both(first: Earlier, second: Earlier) -> Earlier:
    """The worst of two tables."""
    return Earlier(recipient=together(first.recipient, second.recipient), anyone=together(first.anyone, second.anyone))


def with_earlier(release: Release, found: Earlier | None) -> Release:
    """The release, with what was measured in its report."""
    if found is None:
        return release
    told = (*release.report.still_learnt, *earlier_words(found))
    report = msgspec.structs.replace(release.report, earlier=found, still_learnt=told)
    return msgspec.structs.replace(release, report=report)


def entry(found: Earlier | None) -> dict[str, object]:
    """What the log says, and with it the passport: its reader learns how far releases to others can be used, and not
    how many there are."""
    if found is None:
        return {}
    return {"earlier": {"recipient": _figures(found.recipient), "anyone": _worst(found.anyone)}}


def _figures(found: Beside) -> dict[str, object]:
    return {"compared": found.compared, "unknown": found.unknown} | _worst(found)


def _worst(found: Beside) -> dict[str, object]:
    change: dict[str, object] = {} if found.smallest_change is None else {"smallest_change": found.smallest_change}
    return change | {"alone_in_both": found.alone_in_both}


def _digest(told: Told) -> str:
    """The same bytes of the same people under the same plan tell the same."""
    return digest([told.release.source_digest, told.release.plan_digest, told.people])


def _further(tx: Transaction, agreement: Agreement, told: Told, known: Measured, most: int) -> Measured:
    """Beside up to `most` more. What is older than the newest MOST_COMPARED is not compared."""
    own, further = _digest(told), traces.of(tx, told.source, agreement.consumer, known.upto)
    skipped = len(further) - MOST_COMPARED
    for place, one in enumerate(further[: max(skipped, 0) + most]):
        if one.digest != own:
            kept = None if place < skipped else traces.told(tx, one.number)
            beside = worst([told.kept.beside(kept, one.digest)])
            known = Measured(one.number, _with(known.earlier, beside, to_recipient=one.to_recipient))
        else:
            known = Measured(one.number, known.earlier)
    return known


def _with(found: Earlier, beside: Beside, *, to_recipient: bool) -> Earlier:
    recipient = together(found.recipient, beside) if to_recipient else found.recipient
    return Earlier(recipient=recipient, anyone=together(found.anyone, beside))
