"""The accreditation registry on paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tegata.cli.paper import Paper
from tegata.model.base import t
from tegata.model.trusted_list import in_language


def show(paper: Paper, register: Mapping[str, Any]) -> None:
    scheme = register["scheme"]
    if scheme is None:
        paper.line(
            t(
                "there is no scheme yet: state one with `tegata trust registry add`",
                "制度がまだ登録されていません。`tegata trust registry add` で登録します",
            )
        )
        return
    paper.line(scheme["territory"], "  ", in_language(scheme["name"], paper.language), style="bold")
    paper.line(in_language(scheme["operator"], paper.language), indent=1)
    for body in register["bodies"].values():
        levels = ", ".join(body["levels"])
        name = in_language(body["names"], paper.language)
        paper.line(name, t(" assesses ", " 審査対象: "), levels, f"  {body['since']} – {body['until']}", indent=1)
    for agreement in register["agreements"].values():
        named = ", ".join(_in_force(each) for each in agreement["equivalences"])
        paper.line(t("recognises of ", "相互承認 "), agreement["territory"], ": ", named, indent=1)
    paper.gap()
    titles = (
        t("SERVICE", "サービス"),
        t("PROVIDER", "事業者"),
        t("LEVEL", "水準"),
        t("STATUS", "状態"),
        t("SINCE", "開始"),
    )
    paper.table(titles, [_service(paper, register, service) for service in register["services"].values()])


def _in_force(equivalence: Mapping[str, Any]) -> str:
    newest = equivalence["terms"][0]
    return f"{equivalence['id']} ({'enacted' if newest['enacted'] else 'repealed'} {newest['since'][:10]})"


def _service(paper: Paper, register: Mapping[str, Any], service: Mapping[str, Any]) -> tuple[str, ...]:
    provider = in_language(register["providers"][service["provider"]]["names"], paper.language)
    decided = register["decisions"].get(service["id"])
    if not decided:
        return service["id"], provider, "-", "-", "-"
    return service["id"], provider, decided[-1]["level"], decided[-1]["status"], decided[-1]["since"][:10]


def history(paper: Paper, acts: Iterable[Mapping[str, Any]]) -> None:
    titles = (t("ENTRY", "番号"), t("TAKEN", "登録日時"), t("ACT", "行為"), t("ABOUT", "対象"), t("SAYS", "内容"))
    paper.table(titles, [_act(one) for one in acts], right=(0,))


def _act(one: Mapping[str, Any]) -> tuple[str, ...]:
    act = one["act"]
    if act["act"] == "recognition":
        act = act | {
            "id": act["agreement"]["territory"],
            "names": {"en": ", ".join(map(_in_force, act["agreement"]["equivalences"]))},
        }
    about = act.get("id") or act.get("service") or act.get("subject") or act.get("territory") or ""
    told = {
        "decision": lambda: f"{act['level']} {act['status']} {act['since'][:10]}: {act['reason']}",
        "supervision": lambda: f"{act['kind']} {act['at'][:10]}: {act['says']}",
        "assessment": lambda: f"{act['service']} {act['level']} {act['body']} {act['on']}",
    }
    says = told[act["act"]]() if act["act"] in told else in_language(act.get("names") or act.get("name") or {}, "en")
    return str(one["index"]), one["at"][:16], act["act"], about, says
