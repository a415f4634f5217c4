"""docs/trust-judges.md: the tables, and what stands around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.trust.judge.attacks import ATTACKS
from tests.trust.judge.case import Case
from tests.trust.judge.programs.answer import Answer

PAGE = Path(__file__).parents[3] / "docs" / "trust-judges.md"
_HEAD = """# What decides about trust, judged by what others wrote

Made by `make judges-trust` on the sets of `shared/data` (their READMEs name origin, commit and licence), on what the
tests of jwcrypto 1.6.1 hold (RFC 7515), and on programs. A case is right when we accept what the set calls good and
refuse what it calls bad; for certification paths the kind of reason must be right too. *Narrower* are good ones that we
refuse by a policy of our own, told below. Nothing that a set calls bad may be accepted: `make judges-trust` fails then.

| set | cases | right | narrower | free in the set | accepted though bad |
|---|---:|---:|---:|---:|---:|
"""
_NARROWER = """
## Good ones that we refuse

| set | cases | why |
|---|---:|---|
"""
_PROGRAMS = """
## Programs that others wrote

Each judges documents that we make, whole and spoilt, and documents that it makes itself; so do we. Where one of both
accepts what the other refuses there must be a reason, told below; without one `make judges-trust` fails.

| program | on | documents | both accept | both refuse | only it accepts | only we accept |
|---|---|---:|---:|---:|---:|---:|
"""
_DIFFERENCES = """
| program | on | document | accepted by | why |
|---|---|---|---|---|
"""
_ATTACKS = """
## Attacks

What strangers try, and the tests that try it first; every one of them runs every day.

| attack | tried in |
|---|---|
"""
_TAIL = """
EU DSS judges every form of signature that we make; its tables are [a page of their own](dss-agreement.md), made by the
same command. Of ML-DSA the 21 cases with a context are
left out: no form in which we meet signatures has one. X-Road publishes its `asicverifier` on no registry: what it is
tested with is the set above. The evidence records of the BSI (TR-ESOR) are read from where `BSI_RECORDS` says: the
folder `tsp` of the repository `bcgit/bc-test-data`, which states no licence.
"""


def right(case: Case) -> bool:
    return case.expected is None or case.expected == case.ours


def set_row(name: str, cases: Sequence[Case]) -> str:
    wrong = [case for case in cases if not right(case)]
    narrower = sum(bool(case.expected) for case in wrong)
    free = sum(case.expected is None for case in cases)
    agreed = len(cases) - len(wrong) - free
    return f"| {name} | {len(cases):,} | {agreed:,} | {narrower} | {free} | {len(wrong) - narrower} |"


def absent_set(name: str) -> str:
    return f"| {name} | not there | | | | |"


def reasons(name: str, cases: Iterable[Case]) -> list[str]:
    counted = Counter(case.policy for case in cases if not right(case))
    return [f"| {name} | {count} | {reason} |" for reason, count in sorted(counted.items())]


def program_row(name: str, on: str, answers: Sequence[Answer]) -> str:
    count = Counter((answer.ours, answer.theirs) for answer in answers)
    figures = (len(answers), *(count[pair] for pair in ((True, True), (False, False), (False, True), (True, False))))
    return f"| {name} | {on} | {' | '.join(map(str, figures))} |"


def absent_program(name: str, why: str) -> str:
    return f"| {name} | not asked: {why} | | | | | |"


def differences(name: str, on: str, answers: Iterable[Answer], explained: Mapping[str, str]) -> list[str]:
    differing = [answer for answer in answers if answer.ours != answer.theirs]
    return [
        f"| {name} | {on} | {one.id} | {'us' if one.ours else 'it'} | {explained.get(one.id, '?')} |"
        for one in differing
    ]


def attacks() -> list[str]:
    rows = ((one.what, (f"[{file}](../tests/{file})" for file in one.tests)) for one in ATTACKS)
    return [f"| {what} | {', '.join(files)} |" for what, files in rows]


def page(sets: list[str], narrower: list[str], programs: list[str], differing: list[str]) -> str:
    parts = ((_HEAD, sets), (_NARROWER, narrower), (_PROGRAMS, programs), (_DIFFERENCES, differing))
    parts += ((_ATTACKS, attacks()),)
    return "".join(head + "".join(f"{line}\n" for line in lines) for head, lines in parts) + _TAIL
