"""What a scheme's acts add up to, and which act may follow.

scheme       first, and once more when it changes
accreditor   -> body          may assess at these levels in these years
provider     -> service
assessment   by a body that was accredited on its day, of all three criteria
decision     moves a service; later than the one before; a grant above `general` rests on an assessment that is
             good on the day and of that level; what was withdrawn comes back only by a later assessment
supervision  about a service or a provider that is there
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

import msgspec

from tegata.model.accreditation import (
    CRITERIA,
    Accreditor,
    Act,
    Assessment,
    Body,
    Decision,
    Provider,
    Recognition,
    Recorded,
    Scheme,
    Service,
    Supervision,
)
from tegata.model.base import Text, t
from tegata.model.errors import InputError, UsageError
from tegata.model.recognition import Agreement
from tegata.trust.pki import Certificate

_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
N = TypeVar("N", Accreditor, Body, Provider, Service, Assessment)


@dataclass(frozen=True)
class Register:
    """Everything by its id, as the last act about it says. Grows by `after`; never changes in place."""

    scheme: Scheme | None = None
    accreditors: Mapping[str, Accreditor] = field(default_factory=dict)
    bodies: Mapping[str, Body] = field(default_factory=dict)
    providers: Mapping[str, Provider] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    assessments: Mapping[str, Assessment] = field(default_factory=dict)
    decisions: Mapping[str, tuple[Decision, ...]] = field(default_factory=dict)  # by service, from the oldest on
    events: tuple[Supervision, ...] = ()
    agreements: Mapping[str, Agreement] = field(default_factory=dict)  # by territory of the other scheme

    @classmethod
    def of(cls, recorded: Iterable[Recorded]) -> Register:
        """The register that these acts add up to. Raises UsageError when one of them could not follow."""
        register = cls()
        for one in recorded:
            register = register.after(one.act, one.at)
        return register

    def after(self, act: Act, at: dt.datetime) -> Register:
        """With one act more, taken at a time. Raises UsageError when it may not follow, and says why."""
        if self.scheme is None and not isinstance(act, Scheme):
            raise _refused(
                "there is no scheme yet: state it first", "制度がまだ登録されていません。先に登録してください"
            )
        grown: Register = _STEPS[type(act)](self, act, at)
        return grown

    def standing(self, service: str) -> Decision | None:
        """The last decision about a service."""
        return next(reversed(self.decisions.get(service, ())), None)


def read_act(data: Any) -> Act:
    """An act from plain data (YAML or JSON). Raises InputError."""
    try:
        return msgspec.convert(data, Act, str_keys=True)  # type: ignore[no-any-return]
    except msgspec.ValidationError as error:
        raise InputError(
            t("it is no act of an accreditation scheme", "認定制度の行為ではありません"), why=str(error)
        ) from None


def _scheme(register: Register, act: Scheme, _: dt.datetime) -> Register:
    if not re.fullmatch(r"https?://[^\s]*[^\s/]", act.base):
        raise _refused("`base` is no URI without a slash at its end", "`base` が末尾に / のない URI ではありません")
    if not re.fullmatch(r"[A-Z]{2}", act.territory):
        raise _refused("`territory` is no code of two letters", "`territory` が 2 文字の国コードではありません")
    _named(act.name, act.operator)
    return replace(register, scheme=act)


def _accreditor(register: Register, act: Accreditor, _: dt.datetime) -> Register:
    _named(act.names)
    return replace(register, accreditors=_with(register.accreditors, act))


def _body(register: Register, act: Body, _: dt.datetime) -> Register:
    _known(register.accreditors, act.accreditor, t("accreditor", "認定機関"))
    _named(act.names)
    if act.until < act.since or not act.levels:
        raise _refused("it may assess nothing at no time", "審査できる水準か期間がありません")
    return replace(register, bodies=_with(register.bodies, act))


def _provider(register: Register, act: Provider, _: dt.datetime) -> Register:
    _named(act.names)
    return replace(register, providers=_with(register.providers, act))


def _service(register: Register, act: Service, _: dt.datetime) -> Register:
    _known(register.providers, act.provider, t("provider", "事業者"))
    before = register.services.get(act.id)
    if before is not None and (before.provider, before.kind) != (act.provider, act.kind):
        raise _refused("a service keeps its provider and its kind", "サービスの事業者と種別は変えられません")
    if before is not None and not set(before.certificates) <= set(act.certificates):
        raise _refused("certificates are added to a service, never taken away", "証明書は追加のみで、削除できません")
    _named(act.names)
    if not act.certificates:
        raise _refused("it has no certificate to be known by", "識別するための証明書がありません")
    for der in act.certificates:
        Certificate.read(der)
    return replace(register, services=_with(register.services, act))


def _assessment(register: Register, act: Assessment, at: dt.datetime) -> Register:
    _known(register.services, act.service, t("service", "サービス"))
    body = _known(register.bodies, act.body, t("body", "審査機関"))
    if act.id in register.assessments:
        raise _refused(f"the assessment `{act.id}` is there already", f"審査 `{act.id}` は既にあります")
    if not body.since <= act.on <= body.until or act.level not in body.levels:
        raise _refused(
            f"`{act.body}` was not accredited on {act.on} to assess what is {act.level}",
            f"`{act.body}` は {act.on} に {act.level} を審査する認定を受けていません",
        )
    if act.on > at.date() or act.until < act.on:
        raise _refused("its days do not follow each other", "日付の順序が正しくありません")
    missing = [name for name in CRITERIA if name not in act.criteria]
    if missing:
        raise _refused(f"it says nothing of `{missing[0]}`", f"`{missing[0]}` についての記載がありません")
    for finding in act.criteria.values():
        _digest(finding.evidence)
    return replace(register, assessments=_with(register.assessments, act))


def _decision(register: Register, act: Decision, at: dt.datetime) -> Register:
    _known(register.services, act.service, t("service", "サービス"))
    before = register.standing(act.service)
    if act.since.tzinfo is None or (before is not None and act.since <= before.since):
        raise _refused("it does not lie behind the decision before it", "前の決定より後の日時ではありません")
    if act.since > at + dt.timedelta(days=366):
        raise _refused("it lies more than a year ahead", "1 年以上先の日時です")
    if before is None and act.status != "granted":
        raise _refused("nothing was granted that it could end", "終わらせるべき認定がありません")
    if act.status == "granted":
        _check_grant(register, act, before)
    elif before is not None and before.level != act.level:
        raise _refused("the level changes only by a grant", "水準は認定によってのみ変わります")
    past = register.decisions.get(act.service, ())
    return replace(register, decisions={**register.decisions, act.service: (*past, act)})


def _check_grant(register: Register, act: Decision, before: Decision | None) -> None:
    """What is general rests on the provider's own word; the rest on an assessment, a new one after withdrawal."""
    if act.level == "general" and not act.assessment:
        return
    found = _known(register.assessments, act.assessment, t("assessment", "審査"))
    if found.service != act.service or found.level != act.level:
        raise _refused("the assessment is of another service or level", "審査が別のサービスまたは水準のものです")
    if not found.on <= act.since.date() <= found.until:
        raise _refused(
            f"the assessment is good from {found.on} to {found.until}",
            f"審査の有効期間は {found.on} から {found.until} です",
        )
    unmet = [name for name in CRITERIA if not found.criteria[name].met]
    if unmet:
        raise _refused(f"the criterion `{unmet[0]}` is not met", f"基準 `{unmet[0]}` が満たされていません")
    if before is not None and before.status == "withdrawn" and found.on < before.since.date():
        raise _refused("after a withdrawal it takes a new assessment", "取消しの後には新しい審査が必要です")


def _supervision(register: Register, act: Supervision, _: dt.datetime) -> Register:
    if act.subject not in register.services and act.subject not in register.providers:
        raise _refused(f"there is no service or provider `{act.subject}`", f"`{act.subject}` という対象はありません")
    if act.evidence:
        _digest(act.evidence)
    return replace(register, events=(*register.events, act))


def _recognition(register: Register, act: Recognition, _: dt.datetime) -> Register:
    new = {each.id: each.terms for each in act.agreement.equivalences}
    if not new or len(new) != len(act.agreement.equivalences):
        raise _refused("its equivalences do not have names of their own", "同等性の id が一意ではありません")
    for terms in new.values():
        since = [each.since for each in terms]
        if not since or any(each.tzinfo is None for each in since) or since != sorted(set(since), reverse=True):
            raise _refused("its terms do not go from the newest to the oldest", "条件が新しい順に並んでいません")
    before = register.agreements.get(act.agreement.territory)
    for old in before.equivalences if before else ():
        if new.get(old.id, ())[-len(old.terms) :] != old.terms:
            raise _refused(
                f"the terms of `{old.id}` are added to, not rewritten",
                f"`{old.id}` の条件は追加のみで、書き換えられません",
            )
    return replace(register, agreements={**register.agreements, act.agreement.territory: act.agreement})


_STEPS: Final[dict[type, Callable[[Register, Any, dt.datetime], Register]]] = {
    Scheme: _scheme,
    Accreditor: _accreditor,
    Body: _body,
    Provider: _provider,
    Service: _service,
    Assessment: _assessment,
    Decision: _decision,
    Supervision: _supervision,
    Recognition: _recognition,
}


def _with(known: Mapping[str, N], one: N) -> dict[str, N]:
    if not _ID.fullmatch(one.id):
        raise _refused(f"`{one.id[:70]}` is no id", f"`{one.id[:70]}` は id の形ではありません")
    return {**known, one.id: one}


def _known(known: Mapping[str, N], wanted: str, kind: Text) -> N:
    found = known.get(wanted)
    if found is None:
        raise _refused(f"there is no {kind.en} `{wanted}`", f"{kind.ja} `{wanted}` はありません")
    return found


def _named(*names: Mapping[str, str]) -> None:
    for each in names:
        if not each.get("en") or any(name != name.strip() for name in each.values()):
            raise _refused(
                "a name in English is missing, or one has space around it", "英語の名称がないか、前後に空白があります"
            )


def _digest(text: str) -> None:
    if not _DIGEST.fullmatch(text):
        raise _refused(f"`{text[:80]}` is no digest", f"`{text[:80]}` はダイジェストではありません")


def _refused(en: str, ja: str) -> UsageError:
    return UsageError(t("the act may not follow", "この行為は認められません"), why=t(en, ja))
