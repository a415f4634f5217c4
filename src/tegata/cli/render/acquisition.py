"""What was received, where it stands, and how anybody can verify it."""

from __future__ import annotations

import shlex
from typing import Any

from tegata.cli.paper import Paper
from tegata.cli.render.words import size_words
from tegata.model.base import t


def show(paper: Paper, ended: dict[str, Any]) -> None:
    paper.line(t("received and verified", "受信し、検証しました"), style="bold green")
    paper.exact(f"{ended['data']}  ({size_words(ended['bytes'])})", indent=2)
    paper.exact(ended["passport"], indent=2)
    paper.line(t("verify it any time, offline:", "いつでもオフラインで検証できます:"))
    paper.exact(f"tegata verify {shlex.quote(ended['passport'])} {shlex.quote(ended['data'])}", indent=2, style="cyan")
