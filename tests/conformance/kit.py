"""Runs the official conformance kit for DSP 2025-1 (`make tck`); exit code 0 only when each of the 65 cases passes.

The kit itself always ends with 0, so its lines are read. It comes from Maven Central (`pom.xml` beside this file).
Where it cannot be had there, two environment variables help:

    TCK_SOURCES    folders with the sources of dsp-tck v1.0.1 and tck-common v1.0.0, separated by `:`; built with javac
    TCK_CLASSPATH  a class path that holds the kit

Everything that is fetched, built and written lies in `build/tck`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Final

from tests.conformance.cases import CASES, Case
from tests.conformance.running import node_under_test
from tests.nodes import free_port

_HERE: Final = Path(__file__).parent
_BUILD: Final = _HERE.parents[1] / "build" / "tck"
_MAIN: Final = "org.eclipse.dataspacetck.dsp.suite.DspTckSuite"
_GAP: Final = 0.5  # seconds: the kit looks every 0.1 s, and only then expects the next message
_LONGEST: Final = 900  # seconds
_NOT_THERE: Final = """\
Maven cannot fetch org.eclipse.dataspacetck.dsp:dsp-tck:1.0.1. The kit can be built from its sources instead:
    git clone --branch v1.0.1 https://github.com/eclipse-dataspacetck/dsp-tck
    git clone --branch v1.0.0 https://github.com/eclipse-dataspacetck/tck-common
    TCK_SOURCES=dsp-tck:tck-common make tck"""


def main() -> int:
    _BUILD.mkdir(parents=True, exist_ok=True)
    path = class_path()
    with tempfile.TemporaryDirectory() as folder, node_under_test(Path(folder), _GAP) as root:
        settings = _BUILD / "kit.properties"
        settings.write_text(properties(root))
        lines = run(path, settings)
    passed = {case.id for case in CASES if f"SUCCESSFUL: {case.id}" in lines}
    for case in CASES:
        print("passed" if case.id in passed else "FAILED", case.id)
    failed = len(CASES) - len(passed)
    print(f"{len(passed)} passed, {failed} failed")
    others = sum(line.startswith("SUCCESSFUL: ") for line in lines) - len(passed)
    finished = "Test run complete" in lines and f"Passed tests: {len(CASES)}" in lines and not others
    return 0 if finished and not failed else 1


def class_path() -> str:
    """Where java finds the kit. Ends the program with what to do when there is no JDK or Maven."""
    for program in ("java", "javac", "mvn"):
        if shutil.which(program) is None:
            sys.exit(f"`{program}` is missing: `apt-get install openjdk-17-jdk-headless maven` and run this again")
    if given := os.environ.get("TCK_CLASSPATH"):
        return given
    if sources := os.environ.get("TCK_SOURCES"):
        return f"{built(sources.split(':'))}:{resolved('libraries')}"
    return resolved("kit")


def resolved(profile: str) -> str:
    """The class path of one profile of the pom, fetched by Maven."""
    listed = _BUILD / f"{profile}.classpath"
    goal = ["dependency:build-classpath", f"-Dmdep.outputFile={listed}", f"-Dmaven.repo.local={_BUILD / 'repository'}"]
    done = subprocess.run(["mvn", "-q", "-B", "-f", str(_HERE / "pom.xml"), "-P", profile, *goal])
    if done.returncode:
        sys.exit(_NOT_THERE if profile == "kit" else "Maven cannot fetch the libraries of the kit from Maven Central")
    return listed.read_text()


def built(sources: list[str]) -> Path:
    """Folder of the classes that are made from the kit's sources."""
    classes = _BUILD / "classes"
    shutil.rmtree(classes, ignore_errors=True)
    modules = [module for source in sources for module in Path(source).glob("**/src/main") if _counts(module)]
    files = [str(file) for module in modules for file in module.glob("java/**/*.java")]
    javac = ["javac", "-nowarn", "-proc:none", "-d", str(classes), "-cp", resolved("libraries")]
    subprocess.run([*javac, *files], check=True)
    for module in modules:
        if (module / "resources").is_dir():
            shutil.copytree(module / "resources", classes, dirs_exist_ok=True)
    return classes


def _counts(module: Path) -> bool:
    """Plug-ins of the kit's own build are no part of it."""
    return not {"plugins", "annotation-processors"} & set(module.parts)


def properties(root: str) -> str:
    """The kit's settings, with the ids of each case."""
    with urllib.request.urlopen(root + "/.well-known/dspace-version") as answer:
        version = json.loads(answer.read())["protocolVersions"][0]
    base, port = root + version["path"], free_port()
    settings = {
        "dataspacetck.ansi": "false",
        "dataspacetck.dsp.local.connector": "false",
        "dataspacetck.dsp.connector.agent.id": version["serviceId"],
        "dataspacetck.dsp.connector.http.url": base,
        "dataspacetck.dsp.connector.http.base.url": root,
        "dataspacetck.dsp.connector.negotiation.initiate.url": root + "/tck/negotiations/requests",
        "dataspacetck.dsp.connector.transfer.initiate.url": root + "/tck/transfers/requests",
        "dataspacetck.dsp.default.wait": "15",
        "dataspacetck.port": str(port),
        "dataspacetck.callback.address": f"http://127.0.0.1:{port}",
    }
    for case in CASES:
        settings |= _ids(case, base)
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _ids(case: Case, base: str) -> dict[str, str]:
    key = re.sub("[:-]", "_", case.id)
    if case.kind == "transfers":
        return {f"{key}_AGREEMENTID": case.subject, f"{key}_FORMAT": "HttpData-PULL"}
    ids = {f"{key}_DATASETID": case.subject}
    if case.kind == "negotiations" and case.talk.startswith(">"):
        with urllib.request.urlopen(f"{base}/catalog/datasets/{case.subject}") as answer:
            ids[f"{key}_OFFERID"] = json.loads(answer.read())["hasPolicy"][0]["@id"]
    return ids


def run(path: str, settings: Path) -> list[str]:
    """What the kit says, without its time-stamps."""
    java = ["java", "-cp", path, _MAIN, "-config", str(settings)]
    done = subprocess.run(java, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=_LONGEST)
    (_BUILD / "kit.log").write_text(done.stdout)
    return [re.sub(r"^\[[^]]*\] ", "", line) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    sys.exit(main())
