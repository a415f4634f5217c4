"""The small verifier as a command: files in, a verdict out. It reads no clock and opens no connection."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tegata.cli.language import choose_language
from tegata.model.base import Language, Text, pretty, t
from tegata.model.errors import InputError, TegataError, UsageError, VerificationError, why_of
from tegata.model.evidence import Verification
from tegata.sheets.words import MARKS, VERDICTS
from tegata.trust.certificates import load_certificates
from tegata.trust.container import MAX_CONTAINER
from tegata.trust.content import file_digests
from tegata.trust.key_history import read_history
from tegata.trust.proof import Beside, Reader, is_key, verify_proof
from tegata.trust.timestamp import pinned
from tegata.verifier.closed import close

_ABOUT: Final = t(
    "Whether a passport, its credential, an evidence package, a proof that a log was forked, a time-stamp or an "
    "evidence record holds. Offline; whom you trust is yours to say.",
    "手形、その資格情報、証拠パッケージ、ログの分岐の証明、タイムスタンプ、証拠記録が成り立つかを、通信せずに検証します。"
    "誰を信頼するかは利用者が指定します。",
)
_MOST: Final = MAX_CONTAINER + 1


def main(words: Sequence[str] | None = None) -> int:
    """Runs the command; the exit code is 0, 1 or 12 as the verdict says, 2 where there is none."""
    close()
    words = sys.argv[1:] if words is None else words
    language = choose_language(words, os.environ)
    given = _options(language).parse_args(words)
    try:
        found = _verify(given)
    except TegataError as error:
        print(*filter(None, error.parts(language)), sep="\n  ", file=sys.stderr)  # noqa: T201 - the terminal is here
        return error.exit_code
    sys.stdout.write(pretty(found).decode() + "\n" if given.json else _told(found, language))
    return found.exit_code


def _options(language: Language) -> argparse.ArgumentParser:
    def said(en: str, ja: str) -> str:
        return t(en, ja).say(language)

    parser = argparse.ArgumentParser("tegata-verify", description=_ABOUT.say(language), allow_abbrev=False)
    parser.add_argument("proof", type=Path, help=said("what is to be verified", "検証する文書"))
    parser.add_argument("data", type=Path, nargs="?", help=said("the data it is about", "対象のデータ"))
    trusted = said("a key (did:key:...) you trust, or a file of `did: name` lines", "信頼する鍵、または一覧のファイル")
    parser.add_argument("--trust", action="append", default=[], metavar="DID|FILE", help=trusted)
    clocks = said("certificate of a time-stamping authority you trust", "信頼する時刻認証局の証明書")
    parser.add_argument("--tsa", action="append", default=[], metavar="FILE", type=Path, help=clocks)
    rolls = said("rolls of an issuer's key, as its node publishes them", "発行者の鍵の引き継ぎの記録")
    parser.add_argument("--keys", action="append", default=[], metavar="FILE", type=Path, help=rolls)
    day = said("the day in question (UTC), for evidence records", "判定する日（UTC）。証拠記録に必要")
    parser.add_argument("--at", metavar="YYYY-MM-DD", help=day)
    parser.add_argument("--lang", choices=("en", "ja"), help=said("English or Japanese", "英語または日本語"))
    parser.add_argument("--json", action="store_true", help=said("the verdict as JSON", "結果を JSON で出力"))
    return parser


def _verify(given: argparse.Namespace) -> Verification:
    trusted = {did: name for one in given.trust for did, name in _trusted(one)}
    clocks = pinned(one for path in given.tsa for one in load_certificates(path))
    rolls = dict(_rolls(path) for path in given.keys)
    data: Path | None = given.data
    beside = Beside(lambda: _measured(data) if data else None, lambda: file_digests(data) if data else None)
    return verify_proof(
        _read(given.proof), str(given.proof), beside, Reader(trusted, clocks, rolls, lambda: _day(given.at))
    )


def _trusted(given: str) -> list[tuple[str, str]]:
    """Names by key; of a file the lines `did: name`, empty lines and comments aside."""
    if is_key(given) and not Path(given).exists():
        return [(given, given)]
    lines = [line.strip() for line in _read(Path(given)).decode("utf-8", "replace").splitlines()]
    found = [line.partition(": ") for line in lines if line and not line.startswith("#")]
    for did, _, name in found:
        if not is_key(did) or not name:
            raise InputError(
                t(f"`{given}` is not a list of those whom you trust", f"`{given}` は信頼する相手の一覧ではありません"),
                hint=t("write one `did:key:...: name` a line", "1 行に 1 件、`did:key:...: 名前` と書きます"),
            )
    return [(did, name.strip().strip("\"'")) for did, _, name in found]


def _rolls(path: Path) -> tuple[str, tuple[str, ...]]:
    try:
        history = read_history(_read(path).decode("utf-8", "replace"))
    except VerificationError as error:
        raise InputError(
            t(f"`{path}` holds no rolls of a key", f"`{path}` は鍵の引き継ぎの記録ではありません"), why=error.what
        ) from None
    return history.did, history.notes


def _read(path: Path) -> bytes:
    """A file within the largest size that anything here has. InputError."""
    try:
        with path.open("rb") as file:
            data = file.read(_MOST)
    except OSError as error:
        raise InputError(t(f"cannot read `{path}`", f"`{path}` を読めません"), why=why_of(error)) from None
    if not data.strip():
        raise InputError(t(f"`{path}` is empty", f"`{path}` は空です"))
    return data


def _measured(path: Path) -> tuple[str, int]:
    if path.is_dir():
        raise UsageError(
            t("data of several parts are not read here", "複数の部分から成るデータはここでは扱えません"),
            hint=t(
                "give the archive as it came, or use `tegata verify`", "届いた書庫を渡すか、`tegata verify` を使います"
            ),
        )
    digest = file_digests(path)
    return "sha256:" + digest("sha256").hex(), path.stat().st_size


def _day(text: str | None) -> dt.datetime:
    """The beginning of a day. There is no clock to ask: UsageError where none was given."""
    try:
        return dt.datetime.combine(dt.date.fromisoformat(text or ""), dt.time(), dt.UTC)
    except ValueError:
        raise UsageError(
            t("as of which day is not known, and no clock is asked", "判定する日が不明です（時計は参照しません）"),
            hint=t("say `--at YYYY-MM-DD`", "`--at YYYY-MM-DD` を指定してください"),
        ) from None


def _told(found: Verification, language: Language) -> str:
    word, _ = VERDICTS[found.verdict]
    why = f", {found.sub_indication}" if found.sub_indication else ""
    lines = [f"{word.say(language)}  ({found.verdict}{why})"]
    for number, check in enumerate(found.checks, 1):
        mark: Text = MARKS[check.verdict][0]
        lines.append(f" {number:2}. {mark.say(language):<8}{check.say.say(language)}")
    return "\n".join(lines) + "\n"
