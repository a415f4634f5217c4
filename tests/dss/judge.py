"""EU DSS on the JVM: fetched once from Maven Central, kept running, asked about one signature after the other."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
LIBRARY = HERE.parents[1] / "build" / "dss"


class Answer(NamedTuple):
    """`indication` as DSS says it, or UNREADABLE when it reads no signature."""

    signatures: int
    level: str
    indication: str
    sub_indication: str
    words: str


def available() -> str:
    """Why it cannot be asked here, or nothing."""
    return "" if shutil.which("java") and shutil.which("mvn") else "a JDK and Maven are not installed"


def fetch() -> None:
    if not all(any(LIBRARY.glob(f"dss-{name}-*.jar")) for name in ("pades-pdfbox", "asic-xades")):
        command = ["mvn", "-q", "-B", "-f", HERE / "pom.xml", "dependency:copy-dependencies"]
        subprocess.run([*command, f"-DoutputDirectory={LIBRARY}"], check=True, stdout=sys.stderr)


class Judge:
    """One running program. `anchors` is a PKCS #7 file of certificates, `crl` a list in DER."""

    def __init__(self) -> None:
        command = ["java", "-cp", f"{LIBRARY}/*", str(HERE / "java" / "Judge.java")]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ask(
        self, signature: Path, beside: Sequence[Path], *, anchors: Path | None, crl: Path | None, at: dt.datetime
    ) -> Answer:
        task = (int(at.timestamp() * 1000), anchors or "-", crl or "-", signature, *beside)
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("no pipes")
        print(*task, sep="\t", file=self._process.stdin, flush=True)
        count, level, indication, sub, *words = self._process.stdout.readline().rstrip("\n").split("\t")
        return Answer(int(count), level, indication, sub, " ".join(words))

    def close(self) -> None:
        self._process.communicate()
