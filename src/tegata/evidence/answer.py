"""What the log has to say to a question: entries about a thing, and those about what they name."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator
from typing import Final

import msgspec

from tegata.log import is_commitment
from tegata.model.base import Noun, Progress, Text, t
from tegata.model.errors import UsageError
from tegata.model.evidence import Entry
from tegata.store import Transaction
from tegata.store import log as rows

MOST_ENTRIES: Final = 4_900
"""In one answer, which is held in memory; a container has at most 10,000 files, two for each entry and more."""
_BATCH: Final = 1000
_FEW: Final = 64
LINKS: Final = ("decision", "decision_digest", "agreement", "agreement_digest")
"""What the body of an entry names by digest or id."""
Entries = dict[int, Entry]


class Person(Noun, frozen=True, kw_only=True):
    """Whom a question is about: `digest` is SHA-256 of salt and value, so that who knows the value recognises it."""

    column: str
    salt: str  # 32 random bytes in hex
    digest: str


class Question(Noun, frozen=True, kw_only=True):
    """What a package answers: everything about an id (of an agreement, transfer, data set, negotiation or party), or
    the transfers that may hold a person, in a span of days, both included, UTC; and the agreements, decisions and
    transfers that belong to it, from any time."""

    about: str = ""
    person: Person | None = None
    since: dt.date | None = None
    until: dt.date | None = None

    def say(self) -> Text:
        days = (self.since, self.until)
        en, ja = (f"everything about {self.about}", f"{self.about} についてのすべて")
        if self.person is not None:
            column = self.person.column
            en = f"every transfer that may hold one person, told apart by `{column}`"
            ja = f"列 `{column}` で区別される 1 人を含み得るすべての転送"
        if any(days):
            en += f", from {days[0] or 'the beginning'} to {days[1] or 'now'}"
            ja += f"（{days[0] or '最初'} から {days[1] or '現在'} まで）"
        return t(en, ja)


class Outline(Noun, frozen=True, kw_only=True):
    """What an answer holds, told before it is made."""

    entries: dict[str, int]  # by kind
    first: dt.datetime | None = None
    last: dt.datetime | None = None


def gather(tx: Transaction, question: Question, ids: Collection[str] = (), progress: Progress | None = None) -> Entries:
    """Entries about the ids (by default, that of the question), then those about what they name: two passes over the
    log, a batch at a time.

    Args:
        progress: is told the entries of both passes.

    Raises UsageError when the answer would be larger than one package holds.
    """
    wanted, size = set(ids) or {question.about}, rows.size(tx)

    def passing(before: int) -> Callable[[int], None]:
        return lambda done: progress(before + done, 2 * size) if progress else None

    direct = {n: entry for n, entry in _about(tx, wanted, passing(0)) if _in(entry, question)}
    links = {value for entry in direct.values() for name, value in entry.body.items() if name in LINKS}
    links |= {entry.subject for entry in direct.values() if entry.kind in ("agreement", "release", "delivery")}
    found = dict(sorted({**direct, **dict(_about(tx, links, passing(size)))}.items()))
    if len(found) > MOST_ENTRIES:
        raise too_many()
    return found


def outline(found: Entries) -> Outline:
    kinds: dict[str, int] = {}
    for entry in found.values():
        kinds[entry.kind] = kinds.get(entry.kind, 0) + 1
    times = [entry.at for entry in found.values()]
    return Outline(entries=dict(sorted(kinds.items())), first=min(times, default=None), last=max(times, default=None))


def _about(tx: Transaction, ids: Collection[str], tell: Callable[[int], None]) -> Iterator[tuple[int, Entry]]:
    """Readable entries whose subject is among the ids, or that name one."""
    if not ids:
        return
    looks = re.compile(b"|".join(re.escape(one.encode()) for one in ids)).search if len(ids) <= _FEW else None
    given = 0
    for start in range(0, rows.size(tx), _BATCH):
        tell(start)
        for index, data in enumerate(rows.entries(tx, start, _BATCH), start):
            if data is None or is_commitment(data) or (looks is not None and looks(data) is None):
                continue
            entry = msgspec.json.decode(data, type=Entry)
            if _names(entry, ids):
                given += 1
                if given > MOST_ENTRIES:
                    raise too_many()
                yield index, entry


def _names(entry: Entry, ids: Collection[str]) -> bool:
    return entry.subject in ids or any(isinstance(value, str) and value in ids for value in entry.body.values())


def _in(entry: Entry, question: Question) -> bool:
    day = entry.at.astimezone(dt.UTC).date()
    return (question.since or dt.date.min) <= day <= (question.until or dt.date.max)


def too_many() -> UsageError:
    """An answer that does not fit into one package."""
    return UsageError(
        t("the answer is too large for one package", "答えが 1 つのパッケージに収まりません"),
        hint=t(
            "ask for fewer days at a time: `--from`, `--until`",
            "`--from` と `--until` で期間を分けてください",
        ),
    )
