"""A verdict on paper: what was found, check by check, and what a passport says."""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

from tegata.model.base import Language, Text, t
from tegata.model.evidence import Passport, Verification
from tegata.sheets.sheet import Sheet
from tegata.sheets.words import OUTCOMES, VERDICTS

_TITLES: Final = {True: t("Data passport", "データの手形"), False: t("Verdict", "検証結果")}
_FIND: Final = t(
    "This page is for people. What counts is the signed file; its name and digest stand here and in the code.",
    "この紙面は人が読むためのものです。効力があるのは署名されたファイルで、その識別子とダイジェストを以下とコードに示します。",
)
_CHECKED: Final = (t("no.", "番号"), t("result", "結果"), t("what was checked", "確かめた内容"))


class About(NamedTuple):
    """Which file a verdict is about."""

    name: str
    digest: str  # sha256:...


def verdict_sheet(result: Verification, about: About, language: Language) -> bytes:
    """The document (PDF). The same arguments give the same bytes. InputError where it cannot be drawn."""
    passport = result.passport
    sheet = Sheet(language, _TITLES[passport is not None], about.name)
    told(sheet, result)
    if passport is not None:
        _passport(sheet, passport)
    sheet.heading(t("The file", "ファイル"))
    identity = f"{passport.id} " if passport else ""
    sheet.code(f"{identity}{about.digest}", _FIND)
    return sheet.pdf()


def told(sheet: Sheet, result: Verification) -> None:
    """Verdict and checks."""
    words, colour = VERDICTS[result.verdict]
    why = f" ({result.sub_indication})" if result.sub_indication else ""
    sheet.banner(words, f"{result.verdict.upper()}{why}, ETSI EN 319 102-1", colour)
    sheet.heading(t("Checks", "検証項目"))
    rows = [(str(number), one.verdict, one.say) for number, one in enumerate(result.checks, 1)]
    sheet.table(_CHECKED, rows, (1, 2, 14), mark=1)


def _passport(sheet: Sheet, passport: Passport) -> None:
    sheet.heading(t("What it is about", "対象"))
    sheet.facts(_facts(passport), fixed=(1, 2, 5, 6, 8, 9))
    sheet.heading(t("The decision and what it rests on", "判定とその根拠"))
    titles = (t("rule pack", "規則パック"), t("answer", "答え"), t("rules and citations", "規則と出典"))
    speaking = [one for one in passport.packs if one.rules]
    rows = [
        (f"{one.pack} {one.version}", OUTCOMES[one.outcome], ", ".join((*one.rules, *one.citations)))
        for one in speaking
    ]
    sheet.table(titles, rows, (4, 4, 9))
    silent = ", ".join(f"{one.pack} {one.version}" for one in passport.packs if one not in speaking)
    if silent:
        sheet.line(
            t(f"Asked too, without a rule that applies: {silent}", f"ほかに照会し、該当する規則がないもの: {silent}"),
            small=True,
        )
    if passport.obligations:
        sheet.heading(t("Obligations", "義務"))
        met = Counter((one.condition.say, one.how, one.met) for one in passport.obligations)
        titles = (t("obligation", "義務"), t("how it was met", "履行の方法"), t("met", "履行"))
        lines = [(say, how, "passed" if ok else "failed") for say, how, ok in met]
        sheet.table(titles, lines, (8, 7, 2), mark=2)


def _facts(passport: Passport) -> list[tuple[Text, str | Text]]:
    point, profile = passport.proof.checkpoint, passport.profile
    people = ", ".join(f"{name} {count:,}" for name, count in sorted(profile.subjects.items()))
    position = t(
        f"entry {passport.proof.index:,} of {point.size:,} in the log of the provider, root {point.root}",
        f"提供者のログ {point.size:,} 件中の {passport.proof.index:,} 番。ルート {point.root}",
    )
    form = passport.data_format
    size = t(f"{passport.data_size:,} bytes, {form}", f"{passport.data_size:,} バイト、{form}")
    rows = t(
        f"{profile.rows:,} records, {profile.columns:,} columns; {people or 'nobody was counted'}",
        f"レコード {profile.rows:,} 件、{profile.columns:,} 列。人数: {people or '該当なし'}",
    )
    return [
        (t("data set", "データセット"), passport.title),
        (t("from", "提供者"), passport.provider),
        (t("to", "受領者"), passport.recipient),
        (t("issued", "発行"), passport.issued_at.isoformat(timespec="seconds")),
        (
            t("decision", "判定"),
            t(
                f"{OUTCOMES[passport.outcome].en}; act of {passport.as_of}, law as known on {passport.known_on}",
                f"{OUTCOMES[passport.outcome].ja}。行為日 {passport.as_of}、法令の知識 {passport.known_on} 現在",
            ),
        ),
        (t("data", "データ"), passport.data_digest),
        (t("source", "元データ"), passport.source_digest),
        (t("size", "大きさ"), t(f"{size.en}; source: {rows.en}", f"{size.ja}。元データ: {rows.ja}")),
        (t("agreement", "契約"), passport.agreement),
        (t("transfer", "転送"), passport.transfer),
        (t("log", "ログ"), position),
    ]
