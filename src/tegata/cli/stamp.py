"""`tegata stamp`: a time-stamp over a file, from an authority elsewhere."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tegata.cli.command import Command, answers, option
from tegata.cli.files import file_digests, refuse_existing, write_document
from tegata.cli.terminal import Terminal
from tegata.model.base import t

if TYPE_CHECKING:
    from tegata.evidence.stamping import Authority
    from tegata.outbound import OutboundPolicy
    from tegata.trust.cms import DigestOf
    from tegata.trust.timestamp import TimeStamp

ABOUT = t(
    "Have the time-stamping authority at URL (RFC 3161) certify that FILE existed now, and write its token. Only the "
    "SHA-256 of FILE leaves. What it answers is verified against `--tsa` before anything is written.",
    "URL の時刻認証局（RFC 3161）に、FILE が今存在することを証明してもらい、トークンを書き出す。送られるのは FILE の "
    "SHA-256 だけ。応答は書き出す前に `--tsa` の証明書で検証する。",
)


@click.command("stamp", cls=Command, about=ABOUT)
@click.argument("file", type=click.Path(path_type=Path))
@option("--url", required=True, about=t("of the authority", "時刻認証局の URL"))
@option(
    "--tsa",
    "authorities",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    about=t("its certificate (PEM), or one above it", "その証明書（PEM）または上位の証明書"),
)
@option("--out", type=click.Path(path_type=Path), about=t("file to write (default: FILE.tst)", "書き出すファイル"))
@option("--network", multiple=True, metavar="CIDR", about=t("a private network to reach", "接続を許す非公開の網"))
@option("--force", is_flag=True, about=t("overwrite the file", "既存のファイルを上書きする"))
@answers
@click.pass_obj
def command(
    terminal: Terminal,
    file: Path,
    url: str,
    authorities: Sequence[Path],
    out: Path | None,
    network: Sequence[str],
    force: bool,
) -> int:
    from tegata.evidence.stamping import Authority
    from tegata.outbound import OutboundPolicy
    from tegata.trust.certified import load_certificates
    from tegata.trust.timestamp import pinned

    out = out or file.with_name(f"{file.name}.tst")
    refuse_existing(out, force=force)
    authority = Authority("", url, pinned(one for path in authorities for one in load_certificates(path)))
    policy = OutboundPolicy(allow_http=bool(network), networks=tuple(network))
    token, stamp = asyncio.run(_asked(policy, authority, file_digests(file)))
    write_document(out, token)
    if terminal.as_json:
        terminal.document({"file": str(out), "at": stamp.at, "serial": str(stamp.serial), "policy": stamp.policy})
    else:
        terminal.paper().line(t(f"it existed at {stamp.at.isoformat()}", f"{stamp.at.isoformat()} に存在していました"))
        terminal.paper().exact(f"tegata verify {out} {file} --tsa {authorities[0]}", indent=2, style="cyan")
    return 0


async def _asked(policy: OutboundPolicy, authority: Authority, digest: DigestOf) -> tuple[bytes, TimeStamp]:
    from tegata.evidence.stamping import NONCE_BYTES, ask
    from tegata.outbound import Outbound

    outbound = Outbound(policy)
    try:
        return await ask(outbound, authority, digest, int.from_bytes(secrets.token_bytes(NONCE_BYTES), "big"))
    finally:
        await outbound.close()
