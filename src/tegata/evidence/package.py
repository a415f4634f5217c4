"""Making an evidence package: the answer of the log to one question, with everything that proves it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Final

import msgspec

from tegata.evidence import rolls
from tegata.evidence.answer import LINKS, Entries, Question, gather, too_many
from tegata.evidence.endorsements import KIND, LogKeys
from tegata.evidence.log import EvidenceLog, reader
from tegata.evidence.report import Answer, reports
from tegata.log import (
    cosigners,
    is_commitment,
    prove_entry,
    split_note,
    stamps,
    with_signatures,
    without_heavy,
    write_proof,
)
from tegata.log.checkpoint import read_text
from tegata.model.base import Progress, encode, pretty, sha256, t
from tegata.model.catalog import WITNESSED
from tegata.model.errors import UsageError, VerificationError
from tegata.model.evidence import Checkpoint, Entry
from tegata.store import Store, Transaction, agreements, decisions, releases, time_stamps, witnesses
from tegata.store import log as rows
from tegata.trust import PublicKey, SigningKey, seal_package, verify_package
from tegata.trust.ades.signature import MAX_OBJECTS
from tegata.trust.package import CHECKPOINT
from tegata.trust.quorum import read_quorum, standing
from tegata.wire.dsp.policy import agreement_document

_MOST_FILES: Final = MAX_OBJECTS - 10  # with manifest, seal, question and reports
Files = dict[str, bytes]


async def make_package(
    store: Store,
    evidence: EvidenceLog,
    keys: LogKeys,
    question: Question,
    at: dt.datetime,
    *,
    ids: Collection[str] = (),
    more: Mapping[str, bytes] = {},
    proofs: Callable[[str], Files] = lambda _: {},
    progress: Progress | None = None,
) -> bytes:
    """The container, sealed at a time by the first key, its checkpoint signed by both.

    The writer of the store is asked for no more than a signed checkpoint; all else is read and drawn beside it.

    Args:
        ids: what the question comes to, where it is not an id itself.
        more: files to lay in, by name.
        progress: is told how much of the log was read.
        proofs: files that prove what stands under a checkpoint, for a time when nobody publishes them any more.

    Raises:
        UsageError: the log has nothing to say to the question, or too much for one package.
    """
    found = await store.read(lambda tx: gather(tx, question, ids, progress))
    if not found:
        raise UsageError(
            t(f"the log holds nothing about `{question.about}`", f"`{question.about}` についての記録はありません"),
            hint=t("ask for the id of an agreement, a transfer or a party", "契約・転送・相手の id を指定してください"),
        )
    note = await store.write(lambda tx: _covering(tx, evidence, keys, found, at))
    entries = await store.read(lambda tx: {**found, **_keys_of(tx, note)})
    checkpoint = keys.first.history.open(without_heavy(note))
    files = await store.read(lambda tx: _files(tx, checkpoint, entries))
    if len(files) > _MOST_FILES:
        raise too_many()
    said = {CHECKPOINT: note.encode(), "question.json": encode(question), **await asyncio.to_thread(proofs, note)}
    answer = Answer(question.say(), checkpoint, dict(sorted(entries.items())))
    return await asyncio.to_thread(_sealed, {**files, **more, **said}, answer, keys.first, at)


def _covering(tx: Transaction, evidence: EvidenceLog, keys: LogKeys, found: Entries, at: dt.datetime) -> str:
    """The signed note under which the answer is proven."""
    return _seconded(tx, _best_checkpoint(tx, evidence, keys, found), keys, at)


def _files(tx: Transaction, checkpoint: Checkpoint, entries: Entries) -> Files:
    """Entries, proofs, and what the entries name."""
    files: Files = {}
    for index, entry in entries.items():
        files[f"entries/{index}.json"] = encode(entry)
        files[f"proofs/{index}.tlog-proof"] = write_proof(prove_entry(index, checkpoint, reader(tx))).encode()
        files.update(_what_it_names(tx, index, entry))
    return files


def _sealed(files: Files, answer: Answer, key: SigningKey, at: dt.datetime) -> bytes:
    """The container with its maker's own verdict in it, as JSON and on paper: what it finds in these very files."""
    verdict = verify_package(seal_package(files, key, at), {key.did: key.did})
    return seal_package({**files, **reports(answer, verdict), "verdict.json": pretty(verdict)}, key, at)


def _keys_of(tx: Transaction, note: str) -> Entries:
    """What says whose the signatures under the checkpoint are: endorsements and rolls."""
    size = read_text(split_note(note)[0])[1]
    names = {line.name for line in split_note(note)[1]}
    recorded = ((index, data) for name in sorted(names) for index, data in rows.of_subject(tx, name))
    entries = {index: msgspec.json.decode(data, type=Entry) for index, data in recorded if not is_commitment(data)}
    return {index: one for index, one in entries.items() if one.kind in (KIND, rolls.KIND) and index < size}


def _seconded(tx: Transaction, checkpoint: Checkpoint, keys: LogKeys, at: dt.datetime) -> str:
    """The note under the second key too; what was published has that already."""
    note = checkpoint.note
    if not cosigners(note, {keys.did: keys.second.public}):
        note = with_signatures(note, [keys.seconded(note, at)])
        rows.put_checkpoint(tx, checkpoint.size, note)
    return note


def _best_checkpoint(tx: Transaction, evidence: EvidenceLog, keys: LogKeys, found: Entries) -> Checkpoint:
    """Of those that cover the answer, the one with most agreed quorums, then most time-stamps, then a cosignature; else
    one signed now."""
    last = max(found)
    cosigned = {one.size for one in witnesses.cosigners(tx) if one.size > last}
    stamped = {one.size for one in time_stamps.all_stampings(tx).values() if one.size > last}
    notes = {size: rows.checkpoint_at(tx, size) for size in cosigned | stamped}
    ranked = [
        (_quorums(tx, note, keys, found), len(stamps(note)), size in cosigned, size)
        for size, note in notes.items()
        if note
    ]
    note = notes[max(ranked)[3]] if ranked else None
    return keys.first.history.open(note) if note is not None else evidence.checkpoint(tx)


def _quorums(tx: Transaction, note: str, keys: LogKeys, found: Entries) -> int:
    """How many of the quorums that agreements ask for are under a checkpoint."""
    asked = [entry.body for entry in found.values() if entry.kind == "agreement" and WITNESSED in entry.body]
    reached = 0
    for body in asked:
        for params in body[WITNESSED] if body["provider"] == keys.did else ():
            try:
                other = partial(_cosigning, tx, body["consumer"], note)
                reached += standing(read_quorum(params), note, keys.first.public, other).reached
            except VerificationError:  # of a rule pack that says what nobody can fulfil
                continue
    return reached


def _cosigning(tx: Transaction, did: str, note: str) -> PublicKey:
    """The key by which a counterparty cosigned a checkpoint, else its newest."""
    return rolls.keys_of(tx, did).cosigning(note)


def _what_it_names(tx: Transaction, index: int, entry: Entry) -> Iterator[tuple[str, bytes]]:
    """Decision and agreement by their digests, and the passport of a release."""
    agreement = agreements.get(tx, entry.subject) if entry.kind == "agreement" else None
    documents = [decisions.get_bytes(tx, str(entry.body[name])) for name in LINKS if name in entry.body]
    if agreement is not None:
        documents.append(encode(agreement_document(agreement)))
    for document in documents:
        if document is not None:
            yield f"documents/{sha256(document).removeprefix('sha256:')}.json", document
    note = _note_of(tx, entry)
    if note is not None:
        yield f"documents/{sha256(note.encode()).removeprefix('sha256:')}.note", note.encode()
    release = releases.get(tx, entry.subject) if entry.kind == "release" else None
    if release is not None and release.passport:
        yield f"passports/{index}.jws", release.passport.encode()


def _note_of(tx: Transaction, entry: Entry) -> str | None:
    """The endorsement or the roll that an entry names."""
    if entry.kind == rolls.KIND:
        return witnesses.roll_of_digest(tx, str(entry.body["roll"]))
    return witnesses.endorsement_of_digest(tx, str(entry.body["endorsement"])) if entry.kind == KIND else None
