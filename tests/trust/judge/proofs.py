"""Certification paths, Merkle proofs, tiled logs, lists and their recognition."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.log import (
    consistency_proof,
    decode_bundle,
    entries_path,
    inclusion_proof,
    leaf_hash,
    open_checkpoint,
    read_tiles,
    root,
    verify_consistency,
    verify_inclusion,
)
from tegata.trust.lists import open_list_of_lists, read_json_list, read_xml_list
from tests.log.test_merkle_vectors import _consistency, _inclusion, _subtree_consistency, _subtree_inclusion
from tests.log.test_tiles import KEY, ORIGIN
from tests.shared_data import shared_data
from tests.trust.judge.case import Case, accepts
from tests.trust.pki.test_pkits import REASONS, judged
from tests.trust.recognition.test_scenarios import DIFFERENT, answers

MERKLE = {
    "inclusion": _inclusion,
    "consistency": _consistency,
    "subtreeinclusion": _subtree_inclusion,
    "subtreeconsistency": _subtree_consistency,
}
LOTE = {"valid.json", "valid-full.json", "valid-emptyTE.json"}
LOTE |= {"Mock_PID_Provider_List_v0.0.1-fixed.json", "Mock_PID_Provider_List_v0.0.2.json"}


def pkits() -> Iterator[Case]:
    """A case counts as right only with the right kind of reason."""
    folder = shared_data("pkits")
    for case in json.loads((folder / "pkits.json").read_text("utf-8")):
        result, error = judged(folder, case), case.get("error")
        wrong_reason = error is not None and result.verification.sub_indication not in REASONS[error["class"]]
        yield Case(f"{case['id']} {case['name']}", error is None, result.passed or wrong_reason)


def user_notices() -> Iterator[Case]:
    folder = shared_data("pkits")
    for case in json.loads((folder / "pkits-user-notice.json").read_text("utf-8")):
        yield Case(f"{case['id']} {case['name']}", True, judged(folder, case | {"revocation": False}).passed)


def merkle() -> Iterator[Case]:
    for folder, verify in MERKLE.items():
        for path in sorted((shared_data("merkle") / "testdata" / folder).rglob("*.json")):
            case = json.loads(path.read_text("utf-8"))
            yield Case(f"{folder}/{path.stem}", not case["wantErr"], accepts(lambda: verify(case)))  # noqa: B023


def tiled_log() -> Iterator[Case]:
    """Each size of a log of another writer: its entries lie under its checkpoint, and it continues the smaller."""
    folder = shared_data("tlog") / "log"
    read = read_tiles(lambda path: (folder / path).read_bytes(), 15)
    entries = decode_bundle((folder / entries_path(0, 15)).read_bytes())
    roots = []
    for size in range(16):
        checkpoint = open_checkpoint((folder / f"checkpoint.{size}").read_text("utf-8"), KEY, ORIGIN)
        roots.append(base64.b64decode(checkpoint.root))
        yield Case(f"root of {size}", True, root(size, read) == roots[-1] if size else checkpoint.size == 0)
        for index in range(size):
            proof = inclusion_proof(index, size, read)
            held = accepts(
                lambda: verify_inclusion(leaf_hash(entries[index]), proof, roots[size], index=index, size=size)  # noqa: B023
            )
            yield Case(f"entry {index} of {size}", True, held)
        for old in range(1, size):
            steps = consistency_proof(old, size, read)
            held = accepts(lambda: verify_consistency(roots[old], roots[size], steps, old=old, new=size))  # noqa: B023
            yield Case(f"{old} to {size}", True, held)


def xml_lists() -> Iterator[Case]:
    """Lists of the EU as published: read, and the lists of lists opened with the anchor from before the last change."""
    folder = shared_data("trusted-lists")
    pem = (folder / "pre-reanchor.cert.pem").read_bytes()
    anchors = [each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(pem)]
    pivots = {path.name: path.read_bytes() for path in folder.glob("*pivot*.xml")}
    for path in sorted(folder.glob("*.xml")):
        data = path.read_bytes()
        yield Case(f"read {path.name}", True, accepts(lambda: read_xml_list(data)))  # noqa: B023
        if path.name in ("eu-lotl.xml", "eu-lotl-old.xml"):
            yield Case(f"open {path.name}", True, accepts(lambda: open_list_of_lists(data, anchors, pivots)))  # noqa: B023


def json_lists() -> Iterator[Case]:
    for path in sorted((shared_data("lote") / "samples").glob("*.json")):
        yield Case(path.name, path.name in LOTE, accepts(lambda: read_json_list(path.read_bytes())))  # noqa: B023


def recognition() -> Iterator[Case]:
    """Whether a signature counts as qualified under an agreement between two lands, and as what."""
    for row, ours in answers(shared_data("mra")):
        word = row["expected_signature_qualification"]
        qualified = word.startswith("QES")
        counts = ours == word if qualified else ours.startswith("QES")
        yield Case(row["scenario"], qualified, counts, DIFFERENT.get(row["scenario"], ""))
