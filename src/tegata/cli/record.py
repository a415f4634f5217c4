"""`tegata record`: evidence records (RFC 4998), which prove for decades when files existed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from tegata.cli.authority import Asked, authority_options, clocks
from tegata.cli.command import Command, Entry, Group, answers, option, spoken
from tegata.cli.files import read_document, refuse_existing, write_document
from tegata.cli.terminal import Terminal
from tegata.model.base import t
from tegata.model.errors import InputError, UsageError
from tegata.trust.content import file_digests

ABOUT = t("Prove for decades when files existed (RFC 4998).", "ファイルの存在時刻を長期にわたり証明する（RFC 4998）。")
ABOUT_NEW = t(
    "Have one time-stamp made over all FILES, and write a record for each beside it (FILE.ers). Only one hash leaves.",
    "FILES 全体に一つのタイムスタンプを得て、各ファイルの記録（FILE.ers）を書き出す。送られるのは一つのハッシュだけ。",
)
ABOUT_RENEW = t(
    "Prolong RECORD with a new time-stamp before the last one ages. With `--digest` another digest takes over, before "
    "the old one breaks: then the FILE itself is needed. What exists is verified first.",
    "RECORD を、最後のタイムスタンプが古くなる前に更新する。`--digest` を付けると、ダイジェストが危うくなる前に"
    "別のものに替える（このとき FILE が必要）。更新の前に既存の記録を検証する。",
)
ABOUT_VERIFY = t(
    "Check offline that RECORD still proves when FILE existed. `--broken sha256=2031-01-01` says from when an "
    "algorithm is no longer good (sha256, sha512, p256, rsa2048 ...): a drill, or your policy.",
    "RECORD が FILE の存在時刻を今も証明するかをオフラインで確かめる。`--broken sha256=2031-01-01` で、アルゴリズム"
    "（sha256、sha512、p256、rsa2048 など）がいつから安全でないかを示す（訓練または方針として）。",
)
ENTRIES = {
    "new": Entry(f"{__name__}:new", t("begin records of files", "ファイルの記録を始める")),
    "renew": Entry(f"{__name__}:renew", t("prolong a record", "記録を更新する")),
    "verify": Entry(f"{__name__}:verify", t("does it still prove", "今も証明するか確かめる")),
}
_PATH = click.Path(path_type=Path)
_FORCE = option("--force", is_flag=True, about=t("overwrite files", "既存のファイルを上書きする"))
_DIGESTS = click.Choice(["sha256", "sha384", "sha512", "sha3_256", "sha3_512"])


@click.command("new", cls=Command, about=ABOUT_NEW)
@click.argument("files", type=_PATH, nargs=-1, required=True)
@authority_options
@option("--digest", type=_DIGESTS, default="sha256", show_default=True, about=t("of the tree", "ダイジェスト"))
@_FORCE
@answers
@click.pass_obj
def new(
    terminal: Terminal,
    files: tuple[Path, ...],
    url: str,
    certificates: Sequence[Path],
    networks: Sequence[str],
    digest: str,
    force: bool,
) -> int:
    from tegata.trust.evidence_record import ArchiveTimeStamp, EvidenceRecord, hash_tree

    records = [file.with_name(f"{file.name}.ers") for file in files]
    for record in records:
        refuse_existing(record, force=force)
    root, ways = hash_tree([file_digests(file)(digest) for file in files], digest)
    token, stamp = Asked(url, certificates, networks).token(lambda _: root, digest)
    for record, way in zip(records, ways, strict=True):
        write_document(record, EvidenceRecord(((ArchiveTimeStamp(digest, way, token),),)).encode())
    _tell(terminal, records, stamp.at)
    return 0


@click.command("renew", cls=Command, about=ABOUT_RENEW)
@click.argument("record", type=_PATH)
@click.argument("file", type=_PATH, required=False)
@authority_options
@option("--digest", type=_DIGESTS, about=t("that takes over", "以後のダイジェスト"))
@option("--old-tsa", multiple=True, type=_PATH, about=t("certificates for what exists", "既存の記録を信頼する証明書"))
@answers
@click.pass_obj
def renew(
    terminal: Terminal,
    record: Path,
    file: Path | None,
    url: str,
    certificates: Sequence[Path],
    networks: Sequence[str],
    digest: str | None,
    old_tsa: Sequence[Path],
) -> int:
    from tegata.trust.evidence_record import ArchiveTimeStamp, read_record, renewed, to_rehash, to_renew

    data = read_document(record)
    _check_standing(data, file, [*certificates, *old_tsa])
    before = read_record(data)
    name = digest or before.last.digest
    if name == before.last.digest:
        value = to_renew(before)
    elif file is None:
        raise UsageError(
            t("another digest needs the file", "ダイジェストを替えるにはファイルが必要です"),
            hint=t(f"tegata record renew {record} FILE ...", f"tegata record renew {record} FILE ..."),
        )
    else:
        value = to_rehash(before, name, file_digests(file))
    token, stamp = Asked(url, certificates, networks).token(lambda _: value, name)
    write_document(record, renewed(before, ArchiveTimeStamp(name, (), token)).encode())
    _tell(terminal, [record], stamp.at)
    return 0


@click.command("verify", cls=Command, about=ABOUT_VERIFY)
@click.argument("record", type=_PATH)
@click.argument("file", type=_PATH, required=False)
@option("--tsa", multiple=True, type=_PATH, about=t("certificates (PEM) that you trust", "信頼する証明書（PEM）"))
@option("--broken", multiple=True, metavar="NAME=DATE", about=t("from when an algorithm is bad", "安全でなくなる日"))
@option("--at", type=click.DateTime(["%Y-%m-%d"]), about=t("as of this day (UTC)", "この日の時点で（UTC）"))
@answers
@click.pass_obj
def verify(
    terminal: Terminal,
    record: Path,
    file: Path | None,
    tsa: Sequence[Path],
    broken: Sequence[str],
    at: dt.datetime | None,
) -> int:
    from tegata.cli.render import verification as render
    from tegata.clock import SystemClock
    from tegata.trust.record_verification import verify_record

    now = at.replace(tzinfo=dt.UTC) if at else SystemClock().now()
    ends = dict(_end(text) for text in broken)
    result = verify_record(read_document(record), file_digests(file) if file else None, clocks(tsa), now, ends)
    if terminal.as_json:
        terminal.document(result)
    else:
        render.show(terminal.paper(), result)
    return result.exit_code


def _check_standing(data: bytes, file: Path | None, trusted: Sequence[Path]) -> None:
    """A renewal of what proves nothing would prove nothing. InputError."""
    from tegata.clock import SystemClock
    from tegata.trust.record_verification import verify_record

    digest: Callable[[str], bytes] | None = file_digests(file) if file else None
    found = verify_record(data, digest, clocks(trusted), SystemClock().now(), {})
    needed = [check for check in found.checks if check.name not in ("data", "renewals") or file is not None]
    bad = next((check for check in needed if check.verdict != "passed"), None)
    if bad is not None:
        raise InputError(t("the record does not hold any more", "記録がもはや成り立ちません"), why=bad.say)


def _end(text: str) -> tuple[str, dt.datetime]:
    name, _, day = text.partition("=")
    try:
        return name, dt.datetime.fromisoformat(f"{day}T00:00:00+00:00")
    except ValueError:
        raise UsageError(
            t(f"`{text}` is not an algorithm and a day", f"`{text}` はアルゴリズムと日付ではありません"),
            hint=t("write `--broken sha256=2031-01-01`", "`--broken sha256=2031-01-01` と書きます"),
        ) from None


def _tell(terminal: Terminal, records: Sequence[Path], at: dt.datetime) -> None:
    if terminal.as_json:
        terminal.document({"records": [str(record) for record in records], "at": at})
        return
    terminal.paper().line(t(f"stamped at {at.isoformat()}", f"{at.isoformat()} に証明されました"))
    for record in records:
        terminal.paper().exact(str(record), indent=2)


@click.group("record", cls=Group, entries=ENTRIES, about=ABOUT)
@spoken
def command() -> None:
    pass
