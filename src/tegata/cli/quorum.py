"""A quorum of witnesses as people write it: `2 of: counterparty, witness-a, witness-b`."""

from __future__ import annotations

import re
from typing import Any, Final

from tegata.model.base import t
from tegata.model.errors import UsageError

_FORM: Final = re.compile(r"\s*(?P<count>[0-9]{1,2}|all)\s+of\s*:\s*(?P<names>.+)", re.DOTALL)


def quorum(value: str) -> dict[str, Any]:
    """`at_least` and `of`, the names as they were written. UsageError when it does not read."""
    match = _FORM.fullmatch(value)
    names = [name.strip() for name in match["names"].split(",")] if match else []
    if match is None or not all(names):
        raise UsageError(
            t(f"`{value}` is no quorum of witnesses", f"`{value}` は証人の定めとして読めません"),
            hint=t(
                "write for example `2 of: counterparty, witness-a, witness-b`, or `all of: counterparty`",
                "例: `2 of: counterparty, witness-a, witness-b`、`all of: counterparty`",
            ),
        )
    return {"at_least": len(names) if match["count"] == "all" else int(match["count"]), "of": names}
