"""Who a certificate is about: options that the commands of certificates share."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from tegata.cli.command import F, option
from tegata.model.base import t

if TYPE_CHECKING:
    from tegata.trust.names import Subject


def subject_options(function: F) -> F:
    """The command takes a `Subject` as `subject`, or None when nothing is said."""

    @functools.wraps(function)
    def told(*args: Any, **rest: Any) -> Any:
        return function(*args, subject=_subject({name: rest.pop(name) for name in _FIELDS}), **rest)

    return functools.reduce(lambda wrapped, add: add(wrapped), reversed(_OPTIONS), told)  # type: ignore[return-value]


def _subject(said: dict[str, str | None]) -> Subject | None:
    from tegata.trust.names import Subject, check

    stated = {name: value for name, value in said.items() if value}
    if not stated:
        return None
    stated.setdefault("common_name", stated.get("organisation", ""))
    return check(Subject(**stated))


_FIELDS = ("common_name", "organisation", "country", "corporate_number", "device_oid", "device_serial")
_OPTIONS = (
    option("--common-name", metavar="NAME", about=t("name (default: the organisation's)", "名前（既定: 組織名）")),
    option("--organisation", metavar="NAME", about=t("organisation", "組織名")),
    option("--country", metavar="CC", about=t("its country (ISO 3166)", "国（ISO 3166）")),
    option("--corporate-number", metavar="N", about=t("Japanese corporate number, 13 digits", "法人番号 13 桁")),
    option("--device-oid", metavar="OID", about=t("kind of device", "機器の種類を示す OID")),
    option("--device-serial", metavar="TEXT", about=t("serial number of the device", "機器の製造番号")),
)
