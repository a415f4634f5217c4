"""Whom the operator trusts to vouch for rule packs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tegata.model.base import Noun


class PackTrust(Noun, frozen=True, kw_only=True):
    """Settings of a node or of one run of the command line.

    A pack of the package is vouched for by its installation, as far as every file of it is the one that was installed;
    `package: signed` asks for one of the signers all the same. A signature stands in the pack's folder, or as
    `<pack id>.jws` in the folder `signatures`.
    """

    signers: dict[str, str] = {}  # did:key to name
    unsigned: Literal["refuse", "review", "allow"] = "refuse"  # a pack for which no signer vouches today
    package: Literal["installation", "signed"] = "installation"
    signatures: str = ""  # folder; a path that is not absolute starts at the node's

    def in_folder(self, folder: Path) -> Path | None:
        return folder / self.signatures if self.signatures else None
