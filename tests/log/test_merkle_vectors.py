"""The 518 proofs of transparency-dev/merkle: each good one holds, each bad one does not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tegata.log import verify_consistency, verify_inclusion, verify_subtree_consistency, verify_subtree_inclusion
from tegata.model.errors import VerificationError
from tests.shared_data import shared_data

Case = dict[str, Any]


def _bytes(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def _proof(case: Case) -> list[bytes]:
    return [_bytes(hash_) for hash_ in case["proof"] or []]


def _inclusion(case: Case) -> None:
    leaf, root = _bytes(case["leafHash"]), _bytes(case["root"])
    verify_inclusion(leaf, _proof(case), root, index=case["leafIdx"], size=case["treeSize"])


def _subtree_inclusion(case: Case) -> None:
    leaf, root = _bytes(case["leafHash"]), _bytes(case["root"])
    place = {"index": case["leafIdx"], "start": case["start"], "end": case["end"]}
    verify_subtree_inclusion(leaf, _proof(case), root, **place)


def _consistency(case: Case) -> None:
    old_root, new_root = _bytes(case["root1"]), _bytes(case["root2"])
    verify_consistency(old_root, new_root, _proof(case), old=case["size1"], new=case["size2"])


def _subtree_consistency(case: Case) -> None:
    subtree, root = _bytes(case["root1"]), _bytes(case["root2"])
    place = {"start": case["start"], "end": case["end"], "size": case["size"]}
    verify_subtree_consistency(subtree, root, _proof(case), **place)


@pytest.mark.parametrize(
    ("folder", "verify", "count"),
    [
        ("inclusion", _inclusion, 98),
        ("consistency", _consistency, 98),
        ("subtreeinclusion", _subtree_inclusion, 204),
        ("subtreeconsistency", _subtree_consistency, 118),
    ],
)
def test_every_vector_is_judged_right(folder: str, verify: Callable[[Case], None], count: int) -> None:
    files = sorted((shared_data("merkle") / "testdata" / folder).rglob("*.json"))
    assert len(files) == count
    wrong = []
    for file in files:
        case = json.loads(file.read_text())
        try:
            verify(case)
        except VerificationError:
            refused = True
        else:
            refused = False
        if refused != case["wantErr"]:
            wrong.append(str(file))
    assert wrong == []
