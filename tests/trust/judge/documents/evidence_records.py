"""Evidence records (RFC 4998): begun, prolonged, begun anew with another digest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from tegata.model.errors import VerificationError
from tegata.trust.evidence_record import ArchiveTimeStamp, EvidenceRecord, read_record
from tests.trust.test_evidence_record import BEGUN, CONTENTS, begun, judged, prolonged, rehashed

MONTH = dt.timedelta(days=30)
OWN = CONTENTS[2]


class Recorded(NamedTuple):
    name: str
    record: bytes
    content: bytes = OWN

    @property
    def holds(self) -> bool:
        """Our verdict."""
        try:
            return judged(read_record(self.record), self.content).verdict == "total-passed"
        except VerificationError:
            return False


def records() -> Iterator[Recorded]:
    one, other = begun(CONTENTS)[2], begun([b"other"])[0]
    longer = prolonged(one, BEGUN + MONTH)
    anew = rehashed(longer, OWN, BEGUN + 2 * MONTH)
    whole = {
        "alone": begun([OWN])[0],
        "of five": one,
        "prolonged": longer,
        "begun anew": rehashed(one, OWN, BEGUN + MONTH),
        "both": prolonged(anew, BEGUN + 3 * MONTH),
    }
    for name, record in whole.items():
        yield Recorded(name, record.encode())
        yield Recorded(f"{name}, other content", record.encode(), b"other")
    yield Recorded("begun anew over other content", rehashed(longer, b"other", BEGUN + 2 * MONTH).encode())
    (first, second), (third,) = anew.chains
    for name, chains in {
        "the renewal alone": ((second,), (third,)),
        "the other way round": ((second, first), (third,)),
        "another in front": ((other.last, second), (third,)),
        "the last chain alone": ((third,),),
    }.items():
        yield Recorded(name, EvidenceRecord(chains).encode())
    spoilt = ArchiveTimeStamp(first.digest, ((OWN, *first.tree[0][1:]), *first.tree[1:]), first.token)
    yield Recorded("a way that begins elsewhere", EvidenceRecord(((spoilt,),)).encode())
    yield Recorded("cut", one.encode()[:-1])
    yield Recorded("something behind it", one.encode() + b"\0")
