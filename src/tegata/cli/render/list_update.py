"""An update of trusted lists on paper and in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tegata.cli.paper import Paper
from tegata.cli.render.trusted_lists import last_part
from tegata.model.base import Text, t
from tegata.model.trusted_list import in_language

if TYPE_CHECKING:
    from tegata.lists import Told, Update
    from tegata.trust.lists import Change

_STATES: Final = {
    "new": t("new", "新規"),
    "newer": t("newer", "更新"),
    "unchanged": t("unchanged", "変更なし"),
    "kept": t("the one before is used: ", "以前のものを使用: "),
    "missing": t("none may be used: ", "使えるものなし: "),
}
_CHANGES: Final = {
    "new": t("new", "追加"),
    "status": t("changed", "変化"),
    "gone": t("gone", "削除"),
}


def page(paper: Paper, found: Update) -> None:
    titles = (t("TERRITORY", "領域"), t("NUMBER", "番号"), t("BEFORE", "以前"), t("STATE", "状態"))
    paper.table(titles, [_row(paper, told) for told in (found.root, *found.members)], right=(1, 2))
    if found.changes:
        paper.gap()
        columns = (
            t("TERRITORY", "領域"),
            t("WHAT", "変更"),
            t("PROVIDER", "事業者"),
            t("SERVICE", "サービス"),
            t("TYPE", "種別"),
            t("STATUS", "状態"),
        )
        paper.table(columns, [_change(paper, change) for change in found.changes])


def document(found: Update, *, applied: bool) -> dict[str, Any]:
    return {"root": found.root, "members": found.members, "changes": found.changes, "applied": applied}


def _row(paper: Paper, told: Told) -> tuple[str, ...]:
    state = paper.word(_STATES[told.state]) + (paper.word(told.problem) if told.problem else "")
    return (told.territory, str(told.sequence or ""), str(told.was or ""), state)


def _change(paper: Paper, change: Change) -> tuple[str | Text, ...]:
    status = " -> ".join(last_part(uri) for uri in (change.was, change.now) if uri)
    names = (in_language(change.provider, paper.language)[:40], in_language(change.service, paper.language)[:40])
    return (change.territory, _CHANGES[change.what], *names, last_part(change.kind), status)
