"""`make judges-dss`: EU DSS and we judge the same signatures, and docs/dss-agreement.md is written anew with `--write`.

With `DSS_SOURCES=folder` they are those that EU DSS is tested with, else our own. A difference without a reason fails.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.dss import corpus, page, subs
from tests.dss.cases import Case, cases
from tests.dss.differences import EXPLAINED
from tests.dss.judge import LIBRARY, Answer, Judge, available, fetch
from tests.dss.kinds import KINDS

ENDINGS = {
    "jades": ".json",
    "cades": ".p7s",
    "asice": ".asice",
    "pades": ".pdf",
    "xades": ".asice",
    "xml, files": ".xml",
    "xml, inside": ".xml",
}
LEVELS = {
    "whole, B-T": "BASELINE-T",
    "whole, B-LT": "BASELINE-LT",
    "whole, B-LT by OCSP": "BASELINE-LT",
    "whole, B-LTA": "BASELINE-LTA",
    "whole, B-LTA, renewed": "BASELINE-LTA",
    "whole, B-LTA, payload inside": "BASELINE-LTA",
}


class Row(NamedTuple):
    case: Case
    ours: str
    sub: str
    theirs: Answer

    @property
    def agrees(self) -> bool:
        return self.theirs.main == self.ours

    @property
    def same(self) -> bool:
        """Whether the sub-indication agrees too."""
        return self.agrees and self.theirs.sub == self.sub

    @property
    def key(self) -> tuple[str, str]:
        return self.case.form, self.case.name


def main() -> int:
    if why := available():
        print(f"EU DSS is not asked: {why}")
        return 0
    fetch()
    if "DSS_SOURCES" in os.environ:
        return of_others(Path(os.environ["DSS_SOURCES"]))
    with tempfile.TemporaryDirectory() as folder:
        rows = judged(Path(folder))
    differing = [row for row in rows if not row.agrees]
    print(summary(rows, differing))
    if "--write" in sys.argv:
        page.put("own", table(rows, differing))
    unexplained = [row for row in differing if row.key not in EXPLAINED]
    for row in unexplained:
        print("not explained:", row.key, row.ours, row.sub, row.theirs)
    unsaid = [row for row in rows if row.agrees and not row.same and not subs.why(row.sub, row.theirs.sub)]
    for row in unsaid:
        print("sub-indication not explained:", row.key, row.sub, row.theirs)
    stale = EXPLAINED.keys() - {row.key for row in differing}
    whole = [row for row in rows if row.case.name.startswith("whole")]
    refused = [row.key for row in whole if not row.theirs.level.endswith(LEVELS.get(row.case.name, "BASELINE-B"))]
    print(f"explained and not so: {sorted(stale) or 'none'}; not of its level: {refused or 'none'}")
    return 1 if unexplained or unsaid or stale or refused else 0


def summary(rows: list[Row], differing: list[Row]) -> str:
    whole = [row for row in rows if row.case.name.startswith("whole") and row.agrees]
    return (
        f"{len(rows)} signatures, {len(rows) - len(differing)} main indications agree; "
        f"{len(whole)} of ours accepted at their level; {len(differing)} differ"
    )


def table(rows: list[Row], differing: list[Row]) -> Iterator[str]:
    yield f"{summary(rows, differing)}."
    yield ""
    yield from page.counts(((row.case.form, row) for row in rows), "form")
    yield from ("", "| form | case | ours | EU DSS 6.4 | why |", "|---|---|---|---|---|")
    for row in differing:
        theirs = f"{row.theirs.main} {row.theirs.sub_indication}".strip()
        ours = f"{row.ours} {row.sub}".strip()
        yield f"| {row.case.form} | {row.case.name} | {ours} | {theirs} | {EXPLAINED.get(row.key, '?')} |"
    yield from page.of_subs(
        (f"{row.case.form}: {row.case.name}", row.sub, row.theirs.sub) for row in rows if row.agrees
    )


def judged(folder: Path) -> list[Row]:
    judge, rows = Judge(), []
    for number, case in enumerate(cases()):
        ours = case.verdict()
        answer = asked(judge, folder, number, case)
        if "-v" in sys.argv:
            print(case.form, case.name, ours.verdict, ours.sub_indication, answer, sep=" | ", file=sys.stderr)
        rows.append(Row(case, ours.verdict.upper().replace("-", "_"), ours.sub_indication, answer))
    judge.close()
    return rows


def of_others(sources: Path) -> int:
    """What others signed, judged by both."""
    judge = Judge(LIBRARY / "answers.json")
    with tempfile.TemporaryDirectory() as folder:
        rows = list(corpus.judged(sources, judge, Path(folder)))
    judge.close()
    differing = [row for row in rows if not row.agrees]
    for row in differing if "-v" in sys.argv else ():
        print(*row.told, sep=" | ")
    if "--write" in sys.argv:
        page.put("others", page.of_others(rows))
    unexplained = [row for row in differing if page.kind_of(row) is None]
    for row in unexplained:
        print("not explained:", *row.told, sep=" | ")
    unsaid = [
        row for row in rows if row.agrees and not row.same and not subs.why(row.ours.sub_indication, row.theirs.sub)
    ]
    for row in unsaid:
        print("sub-indication not explained:", *row.told, sep=" | ")
    stale = [kind.why for kind in KINDS if all(page.kind_of(row) is not kind for row in differing)]
    print(f"{len(rows)} verdicts on signatures of others, {len(rows) - len(differing)} main indications agree")
    print(f"explained and not so: {stale or 'none'}; not explained: {len(unexplained)}")
    return 1 if unexplained or unsaid or stale else 0


def asked(judge: Judge, folder: Path, number: int, case: Case) -> Answer:
    signature = folder / f"{number}{ENDINGS[case.form]}"
    signature.write_bytes(case.document)
    beside = []
    if case.beside is not None and case.form not in ("asice", "pades", "xades"):
        place = folder / f"{number}"
        place.mkdir()
        (place / "contract.json").write_bytes(case.beside)
        beside = [place / "contract.json"]
    lists = [folder / f"{number}-{place}.crl" for place in range(len(case.trust.lists))]
    for path, held in zip(lists, case.trust.lists, strict=True):
        path.write_bytes(held.der)
    anchors = judge.bundle(folder, [one.der for one in case.trust.anchors])
    return judge.ask(signature, beside, anchors=anchors, lists=lists, at=case.trust.at)


if __name__ == "__main__":
    sys.exit(main())
