"""An evidence package whose seal holds, as its steps look at it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from tegata.log import is_roll, read_proof, read_roll
from tegata.model.base import decode_fixed, sha256, t
from tegata.model.errors import VerificationError
from tegata.model.evidence import Entry, InclusionProof
from tegata.trust.ades.manifest import Manifest
from tegata.trust.key_history import KeyHistory, Rolls, joined
from tegata.trust.timestamp import Trust

_ENTRY: Final = re.compile(r"entries/(\d+)\.json")


@dataclass(frozen=True)
class Case:
    """The files of a package, whose log it is of, and what the reader brings."""

    files: Mapping[str, bytes]
    manifest: Manifest
    keys: KeyHistory
    trusted: Mapping[str, str]
    clocks: Trust
    known: Rolls

    @cached_property
    def entries(self) -> dict[int, Entry]:
        """By index. VerificationError for bytes that are none."""
        found = ((_ENTRY.fullmatch(name), data) for name, data in self.files.items())
        return {int(match[1]): _entry(data) for match, data in found if match}

    @cached_property
    def proofs(self) -> dict[int, InclusionProof]:
        """Of each entry, none of them verified. VerificationError where one is missing or none."""
        return {index: read_proof(self.text(f"proofs/{index}.tlog-proof")) for index in self.entries}

    @property
    def note(self) -> str:
        """The checkpoint of the proofs; empty when there is none to speak of, as the step about it says."""
        try:
            return next((proof.checkpoint.note for proof in self.proofs.values()), "")
        except VerificationError:
            return ""

    @property
    def size(self) -> int:
        """Entries under that checkpoint; 0 when there is none."""
        return next((proof.checkpoint.size for proof in self.proofs.values()), 0) if self.note else 0

    def keys_of(self, did: str) -> KeyHistory:
        """The keys of a participant: by the rolls that entries of the log name, and those that the reader has.

        VerificationError.
        """
        recorded = {one.body.get("roll") for one in self.entries.values() if one.subject == did}
        documents = (data for name, data in self.files.items() if name.startswith("documents/"))
        notes = [data.decode("utf-8", "replace") for data in documents if is_roll(data) and sha256(data) in recorded]
        ordered = tuple(sorted(notes, key=lambda note: read_roll(note).number))
        return joined(did, ordered, self.known.get(did, ()))

    def text(self, name: str) -> str:
        """A file as text. VerificationError."""
        try:
            return self.files[name].decode()
        except (KeyError, UnicodeDecodeError):
            raise broken(f"there is no `{name}`", f"`{name}` がありません") from None


def _entry(data: bytes) -> Entry:
    try:
        return decode_fixed(data, Entry)
    except ValueError:
        raise broken("an entry is not in the one fixed form", "エントリーが定められた形ではありません") from None


def broken(en: str, ja: str) -> VerificationError:
    """What does not hold, as an error."""
    return VerificationError(t(en, ja))
