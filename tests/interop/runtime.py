"""Eclipse EDC as a process: fetched by Maven, started with our glue (`java/EdcGlue.java`), stopped at the end.

Everything that is fetched, built and written lies in `build/edc`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.interop.connector import Connector, Party
from tests.nodes import free_port

_HERE: Final = Path(__file__).parent
_BUILD: Final = _HERE.parents[1] / "build" / "edc"
_MAIN: Final = "org.eclipse.edc.boot.system.runtime.BaseRuntime"
_SERVICES: Final = "META-INF/services/org.eclipse.edc.spi.system.ServiceExtension"
_CONTEXTS: Final = ("http", "management", "control", "protocol")
_PATIENCE: Final = 60  # seconds until it answers


def class_path(*profiles: str) -> str:
    """Where java finds the connector and our glue. Ends the program with what to do when there is no JDK or Maven."""
    for program in ("java", "javac", "mvn"):
        if shutil.which(program) is None:
            sys.exit(f"`{program}` is missing: `apt-get install openjdk-17-jdk-headless maven` and run this again")
    libraries = _libraries(profiles)
    return f"{_glue(libraries)}:{libraries}"


def _libraries(profiles: tuple[str, ...]) -> str:
    _BUILD.mkdir(parents=True, exist_ok=True)
    listed = _BUILD / f"{'-'.join(('edc', *profiles))}.classpath"
    goal = ["dependency:build-classpath", f"-Dmdep.outputFile={listed}", f"-Dmaven.repo.local={_BUILD / 'repository'}"]
    chosen = ["-P", ",".join(profiles)] if profiles else []
    if subprocess.run(["mvn", "-q", "-B", "-f", str(_HERE / "pom.xml"), *chosen, *goal]).returncode:
        sys.exit("Maven cannot fetch EDC: it needs Maven Central, or a mirror of it in ~/.m2/settings.xml")
    return listed.read_text()


def _glue(libraries: str) -> Path:
    classes = _BUILD / "classes"
    source = _HERE / "java" / "EdcGlue.java"
    subprocess.run(["javac", "-nowarn", "-proc:none", "-d", str(classes), "-cp", libraries, str(source)], check=True)
    (classes / _SERVICES).parent.mkdir(parents=True, exist_ok=True)
    (classes / _SERVICES).write_text("tegata.interop.EdcGlue\n")
    return classes


@contextmanager
def edc(
    path: str, participant: str, *, heap: str = "256m", settings: Mapping[str, str] | None = None
) -> Iterator[Connector]:
    """A connector while the block runs. `heap`: its -Xmx; `settings`: further ones of its own."""
    ports = {name: free_port() for name in (*_CONTEXTS, "glue")}
    log = _BUILD / f"{participant[-12:]}.log"
    with tempfile.TemporaryDirectory() as folder, log.open("wb") as out:
        file = Path(folder) / "edc.properties"
        wanted = {**_settings(participant, ports), **(settings or {})}
        file.write_text("".join(f"{name}={value}\n" for name, value in wanted.items()))
        child = subprocess.Popen(
            ["java", f"-Xmx{heap}", f"-Dedc.fs.config={file}", "-cp", path, _MAIN], stdout=out, stderr=out
        )
        try:
            _wait(child, log)
            yield Connector(
                Party(participant, f"http://127.0.0.1:{ports['protocol']}/protocol/2025-1"), ports, child.pid
            )
        finally:
            child.terminate()
            child.wait()


def _settings(participant: str, ports: dict[str, int]) -> dict[str, str]:
    settings = {
        "edc.participant.id": participant,
        "edc.participant.context.id": "context",
        "edc.hostname": "127.0.0.1",
        "edc.dsp.callback.address": f"http://127.0.0.1:{ports['protocol']}/protocol",
        "edc.transfer.proxy.token.signer.privatekey.alias": "private",
        "edc.transfer.proxy.token.verifier.publickey.alias": "public",
        "tegata.glue.port": str(ports["glue"]),
        "web.http.path": "/api",
        "web.http.port": str(ports["http"]),
    }
    for name in _CONTEXTS[1:]:
        settings |= {f"web.http.{name}.port": str(ports[name]), f"web.http.{name}.path": f"/{name}"}
    return settings


def _wait(child: subprocess.Popen[bytes], log: Path) -> None:
    """Until it says that it is ready: its addresses answer before, but not yet as they will."""
    for _ in range(_PATIENCE * 50):
        if child.poll() is not None:
            break
        if re.search(rb"Runtime \S+ ready", log.read_bytes()):
            return
        time.sleep(0.02)
    raise AssertionError(f"EDC does not start: {log.read_text()}")
