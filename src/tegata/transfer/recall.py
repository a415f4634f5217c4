"""A withdrawal of consent ends the transfers whose releases hold those who withdraw, in the transaction that keeps it.

What is under way stops as with every transfer that ends (`transfer.watch`): within a tenth of a second and 4 MiB.
"""

from __future__ import annotations

from tegata.consent import Change
from tegata.consent.register import purpose_of
from tegata.exchange import Book
from tegata.model.base import Text, t
from tegata.model.catalog import Dataset
from tegata.model.process import TransferProcess
from tegata.store import Transaction, agreements, consent, datasets, transfers


def concerned(tx: Transaction, dataset: Dataset, change: Change) -> tuple[TransferProcess, ...]:
    """Transfers whose release was made before and would be another one after it. Who gives consent changes none that
    is there, unless nobody was ever asked before."""
    act = change.act
    if act.epoch > 1 and (act.act == "given" or not change.effective):
        return ()
    found = (transfers.get(tx, one) for one in consent.started(tx, dataset.path, act.epoch))
    every = act.epoch == 1 or not act.purpose
    return tuple(one for one in found if one is not None and (every or _purpose(tx, one) == act.purpose))


def recall(tx: Transaction, book: Book[TransferProcess], change: Change, found: tuple[TransferProcess, ...]) -> None:
    for transfer in found:
        book.terminate(tx, transfer, "consent", (_reason(change.act.epoch),))


def _purpose(tx: Transaction, transfer: TransferProcess) -> str:
    agreement = agreements.get(tx, transfer.agreement)
    dataset = datasets.get(tx, agreement.dataset) if agreement else None
    return purpose_of(dataset) if dataset else ""


def _reason(epoch: int) -> Text:
    return t(
        f"consent has changed (epoch {epoch:,}), and this release holds people without it; "
        "ask again: what comes then is another release, with another digest",
        f"同意に変更があり（第 {epoch:,} 版）、この提供には同意のない人が含まれます。"
        "改めて要求してください。次に届くのは、ダイジェストの異なる別の提供です",
    )
