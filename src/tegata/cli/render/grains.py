"""Units of dates in words."""

from __future__ import annotations

from typing import Final

from tegata.model.base import t

GRAINS: Final = {
    "year": t("the year only", "年のみ"),
    "year_month": t("year and month only", "年月のみ"),
    "decade": t("the decade only", "年代のみ"),
}
