"""Whom the reader of a certificate trusts, and as of when: options of commands that judge signatures."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tegata.cli.command import F, option
from tegata.cli.trust.given import FILE, at_option, moment, read_answers, read_certificates, read_lists
from tegata.model.base import t
from tegata.trust.content import file_digests

if TYPE_CHECKING:
    from tegata.trust.ades.paths import Trust
    from tegata.trust.content import Content
    from tegata.trust.timestamp import Trust as Clocks


@dataclass(frozen=True)
class Given:
    """What `--anchor`, `--other`, `--crl`, `--ocsp`, `--fresh`, `--at` and `--no-revocation` say."""

    anchors: Sequence[Path]
    others: Sequence[Path]
    lists: Sequence[Path]
    answers: Sequence[Path]
    fresh: float
    at: dt.datetime | None
    no_revocation: bool

    def trust(self, clocks: Clocks | None = None) -> Trust:
        """Raises InputError for a file that is none of certificates or lists. `clocks`: time-stamping authorities."""
        from tegata.trust.ades.paths import Trust
        from tegata.trust.timestamp import nobody

        return Trust(
            anchors=tuple(read_certificates(self.anchors)),
            others=tuple(read_certificates(self.others)),
            lists=tuple(read_lists(self.lists)),
            answers=tuple(read_answers(self.answers)),
            freshness=dt.timedelta(hours=self.fresh),
            at=moment(self.at),
            revocation=not self.no_revocation,
            clocks=clocks or nobody,
        )


def anchors_option(function: F) -> F:
    """The command takes a `Given` as `given`."""

    @functools.wraps(function)
    def told(*args: Any, **rest: Any) -> Any:
        names = ("anchors", "others", "lists", "answers", "fresh", "at", "no_revocation")
        return function(*args, given=Given(**{name: rest.pop(name) for name in names}), **rest)

    return functools.reduce(lambda wrapped, add: add(wrapped), reversed(_OPTIONS), told)  # type: ignore[return-value]


_FILES: dict[str, Any] = {"multiple": True, "metavar": "FILE", "type": FILE}
_OPTIONS = (
    option("--anchor", "anchors", about=t("certificates you trust", "信頼の起点とする証明書"), **_FILES),
    option("--other", "others", about=t("certificates that may stand between", "間に入り得る証明書"), **_FILES),
    option("--crl", "lists", about=t("revocation lists (DER or PEM)", "失効リスト"), **_FILES),
    option("--ocsp", "answers", about=t("OCSP answers (DER)", "OCSP 応答（DER）"), **_FILES),
    option(
        "--fresh",
        type=click.FloatRange(0, 8784),
        default=0.0,
        show_default=True,
        metavar="HOURS",
        about=t(
            "how long an OCSP answer counts that does not say until when",
            "期限の示されていない OCSP 応答を有効とみなす時間",
        ),
    ),
    option("--no-revocation", is_flag=True, about=t("do not ask whether any was revoked", "失効を確かめない")),
    at_option,
)


def contents(files: Sequence[Path]) -> dict[str, Content]:
    """What lies beside a signature: by name, but one file alone is the signed one whatever it is called now."""
    return {"" if len(files) == 1 else file.name: file_digests(file) for file in files}
