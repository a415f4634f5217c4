"""What a condition means to who receives the data, in words: for conditions that nobody has put into words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

import msgspec

from tegata.model.base import Text, t
from tegata.model.catalog import FOR_RECIPIENT
from tegata.model.errors import InputError
from tegata.model.plan import ProtectionPlan
from tegata.model.rows import Predicate
from tegata.model.statistics import Statistics
from tegata.model.step import Step
from tegata.protect.demand import K_ANONYMITY
from tegata.protect.filters import predicate_words
from tegata.protect.guarantee import guarantee
from tegata.protect.plan import check
from tegata.protect.selection import SELECTORS
from tegata.protect.statistics import guarantee as noise_words

_STEPS: Final = {str(kind.__struct_config__.tag) for kind in get_args(Step)}
_NOT_OF_STEPS: Final = {*SELECTORS, "otherwise", "destroy_after_days"}


def said_of(verb: str, params: Mapping[str, Any]) -> Text:
    """On which columns it falls, and what can still be learned. A condition that reads as nothing is only named: it is
    refused elsewhere."""
    try:
        words = _words(verb, params)
        where = ", ".join(f"`{one}`" for by in ("columns", "recognisers", "categories") for one in params.get(by, ()))
    except (InputError, msgspec.ValidationError, TypeError, ValueError, LookupError, ArithmeticError):
        words, where = None, ""
    if words is None:
        return t(f"The publisher asks for `{verb}`.", f"公開者が `{verb}` を求めています。")
    return t(f"{where}: {words.en}", f"{where}: {words.ja}") if where else words


def _words(verb: str, params: Mapping[str, Any]) -> Text | None:
    if verb == "keep" and params.get("otherwise") == "drop":
        return t(
            "these columns leave as they are, and no others that no condition names",
            "これらの列はそのまま出し、条件にない列は出しません",
        )
    if verb in _STEPS:
        by = {"subject": ()} if verb == "shift_dates" else {}
        own = {name: value for name, value in params.items() if name not in _NOT_OF_STEPS}
        step = msgspec.convert({"op": verb, "column": "", **by, **own}, Step)
        if verb != "shift_dates":  # whose subject is told by the table
            check(ProtectionPlan(steps=(step,)))
        return _ended(guarantee(step), params)
    if verb in ("keep_rows", "drop_rows"):
        return _rows(verb, predicate_words(msgspec.convert(params["where"], Predicate)))
    return _whole(verb, params)


def _ended(words: Text, params: Mapping[str, Any]) -> Text:
    """Of tokens whose vault has an end."""
    days = params.get("destroy_after_days")
    if days is None:
        return words
    return t(
        f"{words.en}; {days} days after the agreement nobody can tell any more",
        f"{words.ja}。合意から {days} 日後には誰にも分からなくなります",
    )


def _rows(verb: str, where: Text) -> Text:
    if verb == "keep_rows":
        return t(f"only records in which it is {where.en} leave", f"値が{where.ja}のレコードだけを出します")
    return t(f"records in which it is {where.en} do not leave", f"値が{where.ja}のレコードは出しません")


def _whole(verb: str, params: Mapping[str, Any]) -> Text | None:
    match verb:
        case "cap_subjects":
            most = f"{params['max']:,}"
            return t(f"at most {most} people leave", f"出るのは最大 {most} 人です")
        case "statistics":
            return noise_words(msgspec.convert(params, Statistics))
        case "limit_differencing":
            return t(
                "what a release tells together with earlier ones is measured, and limited",
                "以前の提供と併せて知られることを測定し、制限します",
            )
        case _ if verb == K_ANONYMITY:
            return _groups(f"{params['k']:,}", measured=bool(SELECTORS & params.keys()))
        case _ if verb == FOR_RECIPIENT:
            return t(
                "only the key of the certificate that the recipient names opens it",
                "受領者が示した証明書の鍵でしか開けません",
            )
    return None


def _groups(k: str, *, measured: bool) -> Text:
    more = t("; of these columns it is measured what a group tells", "。これらの列は集団から分かる程度を測定します")
    more = more if measured else t("", "")
    return t(
        f"every record is alike with {k} or more in what others may know of a person{more.en}",
        f"他者が知り得る項目について、どのレコードも {k} 件以上の集団に属します{more.ja}",
    )
