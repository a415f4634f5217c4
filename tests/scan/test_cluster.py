"""A real Dask cluster: scheduler and workers as processes of their own, found by its address."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tegata.model.errors import PeerError, UsageError
from tegata.scan import scan
from tegata.scan.cluster import dask_cluster
from tegata.tables import csv, open_source
from tests.scan.test_parts import register

pytest.importorskip("distributed", reason="the extra `dask` is not installed")

CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "cluster.py").write_text(CLUSTER)
    with subprocess.Popen(
        [sys.executable, "cluster.py"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as cluster:
        assert cluster.stdout
        yield cluster.stdout.readline().decode().strip().replace("tcp://", "dask://")
        cluster.communicate()


def test_cluster_finds_what_one_process_finds(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "SHARE", 20_000)
    monkeypatch.setattr(csv, "BLOCK", 16_000)
    path = tmp_path / "t.csv"
    register().write_csv(path)
    with dask_cluster(address) as workers:
        assert workers.width == 4
        assert scan(open_source(path), workers=workers) == scan(open_source(path))


@pytest.mark.parametrize("place", ["dask://", "127.0.0.1:8786", "spark://host:1"])
def test_what_is_no_address_is_refused(place: str) -> None:
    with pytest.raises(UsageError, match="dask://host:8786"), dask_cluster(place):
        pass


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tegata.scan.cluster._PATIENCE", "300ms")
    with pytest.raises(PeerError, match="cannot be used"), dask_cluster("dask://127.0.0.1:1"):
        pass
