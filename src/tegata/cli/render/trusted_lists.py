"""Trusted lists on paper and in JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tegata.cli.paper import Paper
from tegata.model.base import t
from tegata.model.evidence import Check
from tegata.model.trusted_list import ListedProvider, ListedService, TrustedList, in_language
from tegata.sheets.words import MARKS

if TYPE_CHECKING:
    from tegata.trust.lists import Family, Finding


def one(paper: Paper, found: TrustedList, at: dt.datetime, logged: Check | None = None) -> None:
    _head(paper, found)
    if logged is not None:
        paper.line(t("log: ", "ログ: "), logged.say, indent=1, style=MARKS[logged.verdict][1])
    paper.gap()
    titles = (
        t("PROVIDER", "事業者"),
        t("SERVICE", "サービス"),
        t("TYPE", "種別"),
        t("STATUS", "状態"),
        t("SINCE", "開始"),
    )
    paper.table(
        titles, [_row(paper, provider, service, at) for provider in found.providers for service in provider.services]
    )


def family(paper: Paper, found: Family) -> None:
    _head(paper, found.root)
    paper.gap()
    rows = []
    for member in found.members:
        listed = member.trusted_list
        numbers = (str(listed.sequence), _day(listed.next_update), str(listed.services)) if listed else ("", "", "")
        rows.append((member.territory, *numbers, member.problem or t("in use", "使用できる")))
    titles = (
        t("TERRITORY", "領域"),
        t("NUMBER", "番号"),
        t("UNTIL", "期限"),
        t("SERVICES", "サービス"),
        t("STATE", "状態"),
    )
    paper.table(titles, rows, right=(1, 3))


def findings(paper: Paper, found: Sequence[Finding], at: dt.datetime) -> None:
    if not found:
        paper.line(
            t("nobody in these lists vouches for it", "これらのリストに保証する者はいません"), style="bold yellow"
        )
    for finding in found:
        paper.heading(finding.trusted_list.territory, "  ", in_language(finding.provider.names, paper.language))
        how = t("listed itself", "証明書自体が掲載") if finding.itself else t("its issuer is listed", "発行者が掲載")
        paper.line(how, ": ", str(finding.authority), indent=1)
        if finding.standing is None:
            paper.line(t(f"not known yet on {at:%Y-%m-%d}", f"{at:%Y-%m-%d} の時点では未掲載"), indent=1)
            continue
        standing = finding.standing
        paper.line(
            last_part(standing.kind),
            "  ",
            last_part(standing.status),
            t(" since ", " 開始 "),
            _day(standing.since),
            indent=1,
        )
        for uri in (*standing.additional, *standing.qualifiers):
            paper.line(last_part(uri), indent=2)
        if not standing.understood:
            paper.line(
                t(
                    "holds a critical extension that is not understood: do not rely on it",
                    "解釈できない重要な拡張があるため依拠できません",
                ),
                indent=1,
                style="yellow",
            )


def family_document(found: Family) -> dict[str, Any]:
    return {
        "root": {
            "sequence": found.root.sequence,
            "territory": found.root.territory,
            "next_update": found.root.next_update,
        },
        "members": [
            {
                "territory": member.territory,
                "location": member.location,
                "in_use": member.trusted_list is not None,
                "sequence": member.trusted_list.sequence if member.trusted_list else None,
                "next_update": member.trusted_list.next_update if member.trusted_list else None,
                "services": member.trusted_list.services if member.trusted_list else None,
                "problem": member.problem,
            }
            for member in found.members
        ],
    }


def findings_document(found: Sequence[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "territory": finding.trusted_list.territory,
            "sequence": finding.trusted_list.sequence,
            "provider": finding.provider.names,
            "itself": finding.itself,
            "authority": finding.authority.digest,
            "standing": finding.standing,
        }
        for finding in found
    ]


def _head(paper: Paper, found: TrustedList) -> None:
    paper.line(found.territory, "  ", in_language(found.scheme, paper.language)[:160], style="bold")
    paper.line(in_language(found.operator, paper.language), indent=1)
    until = _day(found.next_update) if found.next_update else t("for good: it is the last one", "最終版")
    number = t(f"number {found.sequence}, version {found.version}, ", f"番号 {found.sequence}、第 {found.version} 版、")
    paper.line(number, t("issued ", "発行 "), _day(found.issued_at), t(", until ", "、期限 "), until, indent=1)


def _row(paper: Paper, provider: ListedProvider, service: ListedService, at: dt.datetime) -> tuple[str, ...]:
    standing = service.at(at)
    name = in_language(provider.names, paper.language)[:40]
    if standing is None:
        return (name, in_language(service.standings[-1].names, paper.language)[:40], "-", "-", "-")
    service_name = in_language(standing.names, paper.language)[:40]
    return (name, service_name, last_part(standing.kind), last_part(standing.status), _day(standing.since))


def last_part(uri: str) -> str:
    """The telling end of an address: `CA/QC`, `granted`."""
    for mark in ("/Svctype/", "/Svcstatus/", "/SvcInfoExt/"):
        if mark in uri:
            return uri.rpartition(mark)[2]
    return uri.rstrip("/").rpartition("/")[2] or uri


def _day(moment: dt.datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""
