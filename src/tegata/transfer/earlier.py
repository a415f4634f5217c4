"""A release beside all earlier ones of the same source: what it tells together with one of them is measured before it
leaves, and stands in its log entry.

What was compared outside of a transaction is compared to the end in the one that starts the transfer: of two that
start at once, the second is measured beside the first.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Final

import msgspec

from tegata.model.base import digest
from tegata.model.catalog import Agreement, Dataset
from tegata.model.plan import Beside, Earlier, Release
from tegata.protect.differencing import check_differences, earlier_words, together, worst
from tegata.store import Store, Transaction, traces
from tegata.transfer.making import MadeRelease

MOST_COMPARED: Final = 100
"""Different releases, the newest: each takes up to a second."""


@dataclass(frozen=True)
class Measured:
    """How a release stands beside those up to the number `upto`."""

    upto: int = 0
    earlier: Earlier = field(default_factory=Earlier)


async def measured(store: Store, agreement: Agreement, dataset: Dataset, made: MadeRelease) -> Measured:
    """Beside all that there are now, one in each transaction: nobody waits for it."""
    before, now = Measured(-1), Measured()
    while now != before:
        further = functools.partial(_further, agreement=agreement, dataset=dataset, made=made, known=now, most=1)
        before, now = now, await store.read(further)
    return now


def account(
    tx: Transaction, transfer: str, agreement: Agreement, dataset: Dataset, made: MadeRelease, known: Measured
) -> Earlier | None:
    """Measure beside what came since, and keep what this one tells. None for what tells nothing of people.

    Raises:
        DifferencingError: the agreement does not allow what is told together; nothing was kept.
    """
    if made.trace is None:
        return None
    found = _further(tx, agreement, dataset, made, known, MOST_COMPARED).earlier
    asked = made.plan.differencing
    check_differences(asked, found.recipient if asked is not None and asked.of == "recipient" else found.anyone)
    traces.put(tx, transfer, dataset.path, agreement.consumer, _told(made.release), made.trace.data)
    return found


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


def _told(release: Release) -> str:
    """The same bytes under the same plan tell the same."""
    return digest([release.source_digest, release.plan_digest])


def _further(
    tx: Transaction, agreement: Agreement, dataset: Dataset, made: MadeRelease, known: Measured, most: int
) -> Measured:
    """Beside up to `most` more. What is older than the newest MOST_COMPARED is not compared."""
    if made.trace is None:
        return known
    own, further = _told(made.release), traces.of(tx, dataset.path, agreement.consumer, known.upto)
    skipped = len(further) - MOST_COMPARED
    for place, one in enumerate(further[: max(skipped, 0) + most]):
        if one.digest != own:
            kept = None if place < skipped else traces.told(tx, one.number)
            beside = worst([made.trace.beside(kept, one.digest)])
            known = Measured(one.number, _with(known.earlier, beside, to_recipient=one.to_recipient))
        else:
            known = Measured(one.number, known.earlier)
    return known


def _with(found: Earlier, beside: Beside, *, to_recipient: bool) -> Earlier:
    recipient = together(found.recipient, beside) if to_recipient else found.recipient
    return Earlier(recipient=recipient, anyone=together(found.anyone, beside))
