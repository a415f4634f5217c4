"""Making an evidence package: what the log knows of an agreement, a transfer, a data set or a party."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from tegata.evidence.endorsements import KIND, LogKeys
from tegata.evidence.log import EvidenceLog, reader
from tegata.log import (
    cosigners,
    is_commitment,
    is_heavy,
    open_checkpoint,
    prove_entry,
    split_note,
    stamps,
    with_signatures,
    without_heavy,
    write_proof,
)
from tegata.model.base import Noun, encode, sha256, t
from tegata.model.errors import UsageError
from tegata.model.evidence import Checkpoint, Entry
from tegata.store import Transaction, agreements, decisions, releases, time_stamps, witnesses
from tegata.store import log as rows
from tegata.trust import seal_package
from tegata.trust.package import CHECKPOINT
from tegata.wire.dsp.policy import agreement_document

_BATCH: Final = 1000
_LINKS: Final = ("decision", "decision_digest", "agreement", "agreement_digest")
Entries = dict[int, Entry]


class Question(Noun, frozen=True, kw_only=True):
    """What a package answers: everything about an id (of an agreement, transfer, data set, negotiation or party) in a
    span of days, both included, UTC; and the agreements, decisions and transfers that belong to it, from any time."""

    about: str
    since: dt.date | None = None
    until: dt.date | None = None


def make_package(tx: Transaction, evidence: EvidenceLog, keys: LogKeys, question: Question, at: dt.datetime) -> bytes:
    """The container, sealed at a time by the first key, its checkpoint signed by both.

    UsageError when the log has nothing to say to the question.
    """
    found = _answer(tx, question)
    if not found:
        raise UsageError(
            t(f"the log holds nothing about `{question.about}`", f"`{question.about}` についての記録はありません"),
            hint=t("ask for the id of an agreement, a transfer or a party", "契約・転送・相手の id を指定してください"),
        )
    checkpoint = _best_checkpoint(tx, evidence, keys, max(found))
    note = _seconded(tx, checkpoint, keys, at)
    found = dict(sorted({**found, **_keys_of(tx, checkpoint.size, note)}.items()))
    files = {"question.json": encode(question), "report.html": _report(question, checkpoint, found)}
    files[CHECKPOINT] = note.encode()
    checkpoint = msgspec.structs.replace(checkpoint, note=without_heavy(note))
    for index, entry in found.items():
        files[f"entries/{index}.json"] = encode(entry)
        files[f"proofs/{index}.tlog-proof"] = write_proof(prove_entry(index, checkpoint, reader(tx))).encode()
        files.update(_what_it_names(tx, index, entry))
    return seal_package(files, keys.first, at)


def _answer(tx: Transaction, question: Question) -> Entries:
    """Entries about the thing, then those about what they name: two passes over the log, a batch at a time."""
    direct = {
        index: entry for index, entry in _readable(tx) if _is_about(entry, {question.about}) and _in(entry, question)
    }
    links = {value for entry in direct.values() for name, value in entry.body.items() if name in _LINKS}
    links |= {entry.subject for entry in direct.values() if entry.kind in ("agreement", "release", "delivery")}
    linked = {index: entry for index, entry in _readable(tx) if links and _is_about(entry, links)}
    return dict(sorted({**direct, **linked}.items()))


def _keys_of(tx: Transaction, size: int, note: str) -> Entries:
    """What says whose the ML-DSA-44 signatures under the checkpoint are."""
    names = {line.name for line in split_note(note)[1] if is_heavy(line)}
    recorded = ((index, data) for name in sorted(names) for index, data in rows.of_subject(tx, name))
    entries = {index: msgspec.json.decode(data, type=Entry) for index, data in recorded if not is_commitment(data)}
    return {index: one for index, one in entries.items() if one.kind == KIND and index < size}


def _seconded(tx: Transaction, checkpoint: Checkpoint, keys: LogKeys, at: dt.datetime) -> str:
    """The note under the second key too; what was published has that already."""
    note = checkpoint.note
    if not cosigners(note, {keys.did: keys.second.public}):
        note = with_signatures(note, [keys.seconded(note, at)])
        rows.put_checkpoint(tx, checkpoint.size, note)
    return note


def _readable(tx: Transaction) -> Iterator[tuple[int, Entry]]:
    for start in range(0, rows.size(tx), _BATCH):
        for index, data in enumerate(rows.entries(tx, start, _BATCH), start):
            if data is not None and not is_commitment(data):
                yield index, msgspec.json.decode(data, type=Entry)


def _is_about(entry: Entry, ids: set[str]) -> bool:
    return entry.subject in ids or any(isinstance(value, str) and value in ids for value in entry.body.values())


def _in(entry: Entry, question: Question) -> bool:
    day = entry.at.astimezone(dt.UTC).date()
    return (question.since or dt.date.min) <= day <= (question.until or dt.date.max)


def _best_checkpoint(tx: Transaction, evidence: EvidenceLog, keys: LogKeys, index: int) -> Checkpoint:
    """Of those that cover the entry, the one with most time-stamps and a cosignature; else one signed now."""
    cosigned = {one.size for one in witnesses.cosigners(tx) if one.size > index}
    stamped = {one.size for one in time_stamps.all_stampings(tx).values() if one.size > index}
    notes = {size: rows.checkpoint_at(tx, size) for size in cosigned | stamped}
    best = max(((len(stamps(note)), size in cosigned, size) for size, note in notes.items() if note), default=None)
    note = notes[best[2]] if best else None
    return open_checkpoint(note, keys.first.public, keys.did) if note is not None else evidence.checkpoint(tx)


def _what_it_names(tx: Transaction, index: int, entry: Entry) -> Iterator[tuple[str, bytes]]:
    """Decision and agreement by their digests, and the passport of a release."""
    agreement = agreements.get(tx, entry.subject) if entry.kind == "agreement" else None
    documents = [decisions.get_bytes(tx, str(entry.body[name])) for name in _LINKS if name in entry.body]
    if agreement is not None:
        documents.append(encode(agreement_document(agreement)))
    for document in documents:
        if document is not None:
            yield f"documents/{sha256(document).removeprefix('sha256:')}.json", document
    note = witnesses.endorsement_of_digest(tx, str(entry.body["endorsement"])) if entry.kind == KIND else None
    if note is not None:
        yield f"documents/{sha256(note.encode()).removeprefix('sha256:')}.note", note.encode()
    release = releases.get(tx, entry.subject) if entry.kind == "release" else None
    if release is not None and release.passport:
        yield f"passports/{index}.jws", release.passport.encode()


def _report(question: Question, checkpoint: Checkpoint, found: Mapping[int, Entry]) -> bytes:
    """For people; what counts are the files beside it."""
    lines = "".join(_line(index, entry) for index, entry in found.items())
    span = " – ".join(str(day) if day else "…" for day in (question.since, question.until))
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Evidence / 証拠</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{{font:15px/1.5 system-ui,sans-serif;margin:2rem}}
td,th{{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-top:1px solid #ccc;overflow-wrap:anywhere}}
</style>
<h1>Evidence / 証拠</h1><p>About / 対象: {html.escape(question.about)} ({span})</p>
<p>Log / ログ: {html.escape(checkpoint.origin)}, {checkpoint.size} entries / 件</p>
<p>Check this package with <code>tegata verify FILE</code>. <code>tegata verify FILE</code> で検証できます。</p>
<table><tr><th>#<th>Time / 日時<th>Kind / 種類<th>Subject / 対象<th>Says / 内容{lines}</table></html>
""".encode()


def _line(index: int, entry: Entry) -> str:
    says = "<br>".join(f"{html.escape(name)}: {html.escape(str(value))}" for name, value in sorted(entry.body.items()))
    cells = (str(index), entry.at.isoformat(), html.escape(entry.kind), html.escape(entry.subject), says)
    return "<tr>" + "".join(f"<td>{cell}" for cell in cells)
