"""What was received, where it stands, and how anybody can verify it."""

from __future__ import annotations

import shlex

from tegata.cli.paper import Paper
from tegata.cli.render.words import size_words
from tegata.model.base import t
from tegata.model.process import Acquisition

VERIFY = t("tegata verify PASSPORT DATA", "tegata verify PASSPORT DATA")


def show(paper: Paper, received: Acquisition) -> None:
    if not received.passport:
        paper.line(t("received, without a passport: ", "手形なしで受信しました: "), received.title, style="bold yellow")
        paper.exact(f"{received.data}  ({size_words(received.bytes)})", indent=2)
        return
    paper.line(t("received and verified: ", "受信し、検証しました: "), received.title, style="bold green")
    paper.exact(f"{received.data}  ({size_words(received.bytes)})", indent=2)
    paper.exact(received.passport, indent=2)
    if "://" in received.data:
        paper.line(t("whoever has both verifies them offline: ", "両方があればオフラインで検証できます: "), VERIFY)
        return
    paper.line(t("verify it any time, offline:", "いつでもオフラインで検証できます:"))
    command = shlex.join(["tegata", "verify", received.passport, received.data])
    paper.exact(command, indent=2, style="cyan")
