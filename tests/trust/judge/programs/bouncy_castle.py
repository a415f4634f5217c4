"""Bouncy Castle: time-stamps, CAdES, evidence records, checkpoints signed with ML-DSA-44; in both directions."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tegata.trust.certified import CertifiedKey
from tests.dss.cases import READER, Case, cases
from tests.trust import certificates
from tests.trust.ades.samples import CONTENT, NOW, certified, private
from tests.trust.judge.documents.checkpoints import TEXT, Noted, checkpoints
from tests.trust.judge.documents.evidence_records import OWN, Recorded, records
from tests.trust.judge.documents.stamps import Stamped, stamps
from tests.trust.judge.programs.answer import Answer, Program, missing, said

HERE = Path(__file__).parent / "java"
JARS = HERE.parents[4] / "build" / "bouncy-castle"
ALGORITHMS = {
    "p256": "SHA256withECDSA",
    "p384": "SHA384withECDSA",
    "p521": "SHA512withECDSA",
    "rsa": "SHA256withRSA",
    "ed25519": "Ed25519",
    "ml-dsa-44": "ML-DSA-44",
}
SIGNED: dict[str, tuple[str, str, str]] = {
    **{kind: (kind, ALGORITHMS[kind], "") for kind in ("p256", "p384", "p521", "rsa")},
    "RSA-PSS": ("rsa", "SHA256withRSAandMGF1", ""),
    "content inside": ("p256", "SHA256withECDSA", "inside"),
    "no reference to its certificate": ("p256", "SHA256withECDSA", "bare"),
    "no signed attributes": ("p256", "SHA256withECDSA", "direct"),
    "over SHA-1": ("p256", "SHA1withECDSA", ""),
}


class Castle:
    """One running program, and the folder in which it finds its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = ["java", "-cp", f"{JARS}/*:{JARS}/classes", "BouncyCastle"]
        self._process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ask(self, *task: object) -> str:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("no pipes")
        print(*task, sep="\t", file=self._process.stdin, flush=True)
        return self._process.stdout.readline().rstrip("\n")

    def accepts(self, *task: object) -> bool:
        return self.ask(*task) == "yes"

    def make(self, *task: object) -> None:
        answer = self.ask(*task)
        if answer != "yes":
            raise RuntimeError(f"{task}: {answer}")

    def put(self, name: str, data: bytes | str) -> str:
        (self.folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        return name

    def key(self, plain: Any, own: CertifiedKey) -> tuple[str, str, str]:
        """Its files: PKCS #8, certificate, and the one above."""
        secret = plain.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return self.put("own.p8", secret), self.put("own.cer", own.certificate), self.put("above.cer", own.chain[0])

    def close(self) -> None:
        self._process.communicate()


def time_stamps(folder: Path) -> Iterator[Answer]:
    castle = Castle(folder)
    for one in (*stamps(), *_made_stamps(castle)):
        files = (castle.put("token", one.token), castle.put("content", one.content), castle.put("root", one.anchor))
        yield Answer(one.name, one.holds, castle.accepts("token", *files))
    castle.close()


def _made_stamps(castle: Castle) -> Iterator[Stamped]:
    for kind, algorithm in ALGORITHMS.items():
        for digest in ("SHA-256", "SHA-512") if kind == "p256" else ("SHA-256",):
            own = castle.key(certificates.private(kind), certificates.certified(kind))
            castle.make("make-token", *own, algorithm, castle.put("content", CONTENT), "made", digest, _at(NOW))
            yield Stamped(f"its own: {kind}, {digest}", (castle.folder / "made").read_bytes(), root="long")


def signatures(folder: Path) -> Iterator[Answer]:
    castle = Castle(folder)
    for case in (*(case for case in cases() if case.form == "cades"), *_made_signatures(castle)):
        content = "-" if case.beside is None else castle.put("content", case.beside)
        held = (*case.trust.anchors, *case.trust.lists)
        trusted = castle.put("trusted", b"".join(one.parsed.public_bytes(Encoding.PEM) for one in held))
        task = ("signature", castle.put("signature", case.document), content, trusted, _at(case.trust.at))
        yield Answer(case.name, case.verdict().verdict == "total-passed", castle.accepts(*task))
    castle.close()


def _made_signatures(castle: Castle) -> Iterator[Case]:
    for name, (kind, algorithm, how) in SIGNED.items():
        own = castle.key(private(kind), certified(kind))
        castle.make("make-signature", *own, algorithm, castle.put("content", CONTENT), "made", how)
        beside = None if how == "inside" else CONTENT
        yield Case(f"its own: {name}", "cades", (castle.folder / "made").read_bytes(), beside, READER)


def evidence_records(folder: Path) -> Iterator[Answer]:
    castle = Castle(folder)
    for one in (*records(), *_made_records(castle)):
        files = castle.put("record", one.record), castle.put("content", one.content)
        yield Answer(one.name, one.holds, castle.accepts("record", *files))
    castle.close()


def _made_records(castle: Castle) -> Iterator[Recorded]:
    contents = [castle.put(f"content{number}", b"%d" % number) for number in range(4)]
    own = castle.key(certificates.private("p384"), certificates.certified("p384"))
    castle.make("make-records", *own, ALGORITHMS["p384"], "made-", castle.put("own", OWN), *contents)
    for name in ("begun", "prolonged", "anew"):
        record = (castle.folder / f"made-{name}").read_bytes()
        yield Recorded(f"its own: {name}", record)
        yield Recorded(f"its own: {name}, other content", record, b"other")


def checkpoint_notes(folder: Path) -> Iterator[Answer]:
    castle = Castle(folder)
    for one in (*checkpoints(), *_made_checkpoints(castle)):
        files = castle.put("note", one.note), castle.put("keys", "\n".join(one.vkeys))
        yield Answer(one.name, one.holds, castle.accepts("note", *files))
    castle.close()


def _made_checkpoints(castle: Castle) -> Iterator[Noted]:
    origin = TEXT.partition("\n")[0]
    castle.make("make-note", castle.put("text", TEXT), origin, "made", "vkeys")
    note, keys = (castle.folder / "made").read_text("utf-8"), (castle.folder / "vkeys").read_text("utf-8").split()
    yield Noted("its own", note, tuple(keys))
    yield Noted("its own, another size", note.replace("\n7\n", "\n9\n"), tuple(keys[2:]))


def _at(at: Any) -> int:
    return int(at.timestamp() * 1000)


def program(folder: Path) -> Program:
    absent = missing("java", "javac", "mvn") or _fetched(folder)
    version = "" if absent else next(JARS.glob("bcpkix-*.jar")).stem.rpartition("-")[2]
    judges = {
        "time-stamps": time_stamps,
        "CAdES": signatures,
        "evidence records": evidence_records,
        "checkpoints, ML-DSA-44": checkpoint_notes,
    }
    return Program("Bouncy Castle", version, absent, judges)


def _fetched(folder: Path) -> str:
    """Its archives are there, from Maven Central the first time, and ours compiled; or why not."""
    if not any(JARS.glob("bcpkix-*.jar")):
        fetch = ("mvn", "-q", "-B", "-f", HERE / "pom.xml", "dependency:copy-dependencies")
        if "exit" in said(folder, *fetch, f"-DoutputDirectory={JARS}"):
            return "Maven Central does not give it"
    compiled = ("javac", "-nowarn", "-proc:none", "-d", JARS / "classes", "-cp", f"{JARS}/*")
    subprocess.run([*compiled, *HERE.glob("*.java")], check=True, stderr=subprocess.DEVNULL)
    return ""
