"""A second look at what is about to leave: nothing of what a plan removes may stand in it, however it is written.

In every batch, in every column that leaves without a step of its own, two things are looked for:

* the kinds of which the plan says that none may be left, cell by cell, proven as in a scan (and in redacted text those
  that were to be taken out of it);
* the very values that the plan takes out of the same record. A coincidence shows as often between records that do not
  belong together, so the records before are the control: what stands in its own record far more often is a copy.

Both as the cells stand and as they are read (`spoken`). A column that a step was to change must have changed. No loop
over values.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping, Sequence
from itertools import chain
from types import TracebackType
from typing import Final, Self

import polars as pl

from tegata.model.base import Text, t
from tegata.model.categories import under
from tegata.model.errors import ExposureError, InputError
from tegata.model.plan import ProtectionPlan
from tegata.model.profile import ColumnProfile, Find, Profile
from tegata.model.step import Drop, RedactText, Removing
from tegata.scan.copies import Copies, may_repeat
from tegata.scan.finds import Finds
from tegata.scan.folding import Records, Values, is_ascii
from tegata.scan.headers import HeaderIndex
from tegata.scan.inside import Inside
from tegata.scan.load import RecogniserSet, builtin_recognisers
from tegata.scan.matcher import stack
from tegata.scan.nested import header
from tegata.scan.normalise import normalise
from tegata.scan.pieces import Pieces
from tegata.scan.redaction import telling
from tegata.scan.scanning import seed
from tegata.scan.spoken import Disguises, roomy

_WORDED: Final = r"[\p{L}\p{N}]"  # what separators alone are: nothing that could change
_UNCHANGED: Final = 8  # distinct values: a permutation may keep one or two (FF1 over a small domain)


class SecondLook:
    """For the batches of one table. A call takes what a batch was, and what is to leave of it, record for record.

    Args:
        columns: of the table.
        profile: of the first look, which has found what cells hold as they stand, and has weighed it with all that is
            known of the table: then only what is read is looked at for kinds, and columns that are removed for what
            else stands in them do not count as identifying. Without it all cells are looked at, and all removed
            columns count.
        salt: keys the hashes by which values are told apart.

    Raises:
        InputError: a plan without a profile, which somebody wrote by hand, bars a kind that nothing recognises.
        ExposureError: by a call, before its batch leaves.
    """

    def __init__(
        self,
        columns: Sequence[str],
        plan: ProtectionPlan,
        profile: Profile | None = None,
        recognisers: RecogniserSet | None = None,
        salt: bytes = b"",
    ) -> None:
        known = recognisers or builtin_recognisers()
        if profile is None:
            _refuse_unknown(plan.none_left, known)
        barred = known.under(plan.none_left)
        removing = [step for step in plan.steps if isinstance(step, Removing)]
        self._barred = {r.id for r in barred}
        meant = {c.name for c in profile.columns if self._is_meant(c, plan.none_left)} if profile else set()
        self._removed = [step.column for step in removing if profile is None or step.column in meant]
        self._changing = [step.column for step in removing if not isinstance(step, Drop)]
        self._dropped = {step.column for step in removing if isinstance(step, Drop)}
        stepless = [name for name in columns if name not in {step.column for step in plan.steps}]
        self._redacted = {s.column: telling(known, s.kinds) for s in plan.steps if isinstance(s, RedactText)}
        self._looked_at = [*self._redacted, *([] if plan.otherwise == "drop" else stepless)]
        looked_for = list({r.id: r for r in (*barred, *chain(*self._redacted.values()))}.values())
        self._kinds = {r.id: r.title for r in looked_for}
        self._headers = HeaderIndex(looked_for)
        self._inside = Inside(looked_for)
        self._finds = Finds(seed(b"second look", salt))
        self._decided = profile is not None
        self._copies = Copies()
        self._pieces = Pieces()
        self._disguises = Disguises()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finds.__exit__(kind, error, trace)

    def __call__(self, before: pl.DataFrame, after: pl.DataFrame) -> None:
        for name in sorted(self._dropped.intersection(after.columns)):
            raise _exposed(name, t("it was to be dropped", "削除するはずの列です"))
        for name in self._changing:
            _refuse_unchanged(before[name], after[name])
        cells, removed = after.select(self._looked_at), Values(before.select(self._removed))
        shown = (self._redacted if self._decided else self._looked_at) if self._kinds else ()
        long = roomy(cells) if self._kinds or self._removed else ()
        if is_ascii(cells):
            plain = normalise(cells.select(list(dict.fromkeys([*shown, *long]))))
        else:
            cells = plain = normalise(cells)
        if shown:
            self._find({self._looked_at.index(name): plain[name].unique().drop_nulls() for name in shown})
        if self._removed and cells.width:
            self._refuse_copies(cells, removed)
        for column in plain.select(long):
            self._look_through(column, removed)
        self._refuse_kinds()

    def _is_meant(self, column: ColumnProfile, barred: Sequence[str]) -> bool:
        """Whether it is removed for what it is, or by its name, and not for values that stand among its text."""
        kinds = (column.recogniser, *column.categories, *(find.recogniser for find in column.finds))
        return column.recogniser in self._barred or not any(under(kind, barred) for kind in kinds)

    def _look_through(self, column: pl.Series, removed: Values) -> None:
        """What cells say when they are read: apart from what they show, since it has no share in that."""
        number = self._looked_at.index(column.name) + len(self._looked_at)
        for cells, said in self._disguises.of(column):
            self._find({number: said})
            if self._removed and may_repeat(removed, Records(said.to_frame())):
                read = column.replace_strict(cells, said, default=None, return_dtype=pl.String)
                self._refuse_copies(read.to_frame(), removed)

    def _find(self, cells: Mapping[int, pl.Series]) -> None:
        if not self._kinds:
            return
        for found in self._inside.find(stack(cells)):
            self._finds.add(found)

    def _refuse_kinds(self) -> None:
        names = self._looked_at
        width = 2 * len(names)
        for number, finds in self._finds.worth_telling([None] * width, [sys.maxsize] * width, ()).items():
            name = names[number % len(names)]
            for find in finds:
                if self._may_not_be_in(name, find) and not self._headers.rules_out(header(name), find.recogniser):
                    raise _exposed(name, _of_kind(self._kinds[find.recogniser]))

    def _may_not_be_in(self, column: str, find: Find) -> bool:
        taken_out = self._redacted.get(column, ())
        return find.recogniser in self._barred or any(one.id == find.recogniser for one in taken_out)

    def _refuse_copies(self, cells: pl.DataFrame, removed: Values) -> None:
        records = Records(cells)
        for name, source in self._copies.found(removed, records):
            raise _exposed(name, t(f"it repeats the values of `{source}`", f"`{source}` の値の繰り返しです"))
        for name, source in self._pieces.found(removed, records):
            raise _exposed(
                name,
                t(
                    f"values of `{source}` stand in it and in the columns beside it, in pieces",
                    f"`{source}` の値がこの列と隣の列に分かれて入っています",
                ),
            )


def _refuse_unknown(heads: Sequence[str], known: RecogniserSet) -> None:
    names = sorted({name for r in known.recognisers for name in (r.id, r.category)})
    for head in heads:
        if not any(under(name, (head,)) for name in names):
            near = difflib.get_close_matches(head, names, n=1)
            raise InputError(
                t(f"`none_left` names `{head}`, which nothing recognises", f"`none_left` の `{head}` は未知の種類です"),
                hint=t(f"did you mean `{near[0]}`?", f"`{near[0]}` の誤りではありませんか") if near else "",
            )


def _refuse_unchanged(before: pl.Series, after: pl.Series) -> None:
    """A column that a step was to change."""
    same = before.filter(before == after)
    if not same.str.contains(_WORDED).any():
        return
    worded = int(before.str.contains(_WORDED).sum())
    same = same.filter(same.str.contains(_WORDED))
    if len(same) == worded or same.n_unique() >= _UNCHANGED:
        raise _exposed(before.name, t("its values are unchanged", "値が変わっていません"))


def _of_kind(what: Text) -> Text:
    return t(f"it holds values of the kind: {what.en}", f"次の種類の値が含まれています: {what.ja}")


def _exposed(column: str, why: Text) -> ExposureError:
    return ExposureError(
        t("what is about to leave still holds what the plan removes", "計画で除くはずのものが出力に残っています"),
        why=t(f"column `{column}`: {why.en}; nothing has left", f"列 `{column}`: {why.ja}。何も外部に出ていません"),
        hint=t(
            f"give `{column}` a step of its own in the plan, or take the column out of the source",
            f"計画に `{column}` の処理を加えるか、元データからこの列を除いてください",
        ),
    )
