"""Saved decisions: read, and made again (`tegata decide --replay`)."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tegata.cli.files import read_document
from tegata.cli.packs import PackChoice, packs_in_use
from tegata.cli.terminal import Terminal
from tegata.model.base import Noun, digest, t
from tegata.model.decision import Decision, Outcome
from tegata.model.errors import InputError, UsageError


class Replayed(Noun, frozen=True, kw_only=True):
    """A decision that came out the same, byte for byte."""

    digest: str
    outcome: Outcome
    packs: tuple[str, ...]


def read_decision(path: Path) -> Decision:
    """A saved decision. InputError when the file holds none."""
    try:
        return msgspec.json.decode(read_document(path), type=Decision)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(
            t(f"`{path}` is not a decision", f"`{path}` は判定の文書ではありません"),
            why=str(error),
            hint=t(
                "make one with `tegata check PATH --flow FLOW --save FILE`",
                "`tegata check PATH --flow FLOW --save FILE` で作ります",
            ),
        ) from None


def replayed(terminal: Terminal, path: Path, packs: PackChoice, *, alone: bool) -> int:
    """0 where the decision follows from what it records; VerificationError says why it does not."""
    from tegata.rules.replay import replay

    if not alone:
        raise UsageError(t("`--replay` takes nothing but `--packs`", "`--replay` と併用できるのは `--packs` だけです"))
    decision = read_decision(path)
    replay(decision, packs_in_use(packs))
    result = Replayed(digest=digest(decision), outcome=decision.outcome, packs=tuple(decision.pack_digests))
    if terminal.as_json:
        terminal.document(result)
    else:
        paper = terminal.paper()
        paper.line(t("the same decision, byte for byte", "判定は完全に一致しました"), style="green")
        paper.line(result.digest, indent=2, style="dim")
    return 0
