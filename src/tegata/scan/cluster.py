"""An existing Dask cluster, as the place where parts of a scan are made. Needs the extra `dask`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

from tegata.model.base import t
from tegata.model.errors import InputError, PeerError, UsageError
from tegata.scan.passes import Workers

_SCHEMES: Final = {"dask": "tcp", "dask+tls": "tls"}
_PATIENCE: Final = "10s"


@contextmanager
def dask_cluster(address: str) -> Iterator[Workers]:
    """The workers of the scheduler at `dask://host:port` (`dask+tls://`: as Dask's own configuration says).

    They open the source by its path, so it must lie where all of them see it; a worker that sees another file there
    says so. What goes to them: recognisers, plan, the key of the hashes. What comes back: parts, which hold samples of
    values.

    Raises:
        UsageError: no such address, or Dask is not installed.
        PeerError: nobody answers, or a worker was lost again and again.
        InputError: a worker has not our versions.
    """
    scheme, mark, place = address.partition("://")
    if scheme not in _SCHEMES or not mark or not place:
        raise _no_address(address)
    try:
        dask: Any = import_module("distributed")  # without types of its own
    except ImportError as error:
        raise _not_installed() from error
    try:
        client = dask.Client(f"{_SCHEMES[scheme]}://{place}", timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise _no_answer(address, error) from error
    with client:
        threads = _checked(client, address)
        try:
            yield Workers(client.get_executor(pure=False), 2 * threads)
        except dask.KilledWorker as error:
            raise _lost(address) from error


def _checked(client: Any, address: str) -> int:
    """Threads of all workers, once each of them has our versions."""
    told = client.run(versions, on_error="return")
    if not told:
        raise _no_answer(address, RuntimeError("the cluster has no workers"))
    for worker, found in told.items():
        if found != versions():
            raise _other_versions(worker, str(found))
    return sum(int(threads) for threads in client.nthreads().values())


def versions() -> str:
    """What must be the same everywhere."""
    from importlib.metadata import version

    return " ".join(f"{name} {version(name)}" for name in ("tegata", "polars"))


def _no_address(address: str) -> UsageError:
    return UsageError(
        t(f"`{address}` is no address of a cluster", f"`{address}` はクラスターのアドレスではありません"),
        hint=t("name the scheduler: `dask://host:8786`", "スケジューラーを指定してください（例: `dask://host:8786`）"),
    )


def _not_installed() -> UsageError:
    return UsageError(
        t("Dask is not installed", "Dask がインストールされていません"),
        hint=t("`pip install 'tegata[dask]'`", "`pip install 'tegata[dask]'` を実行してください"),
    )


def _no_answer(address: str, error: Exception) -> PeerError:
    return PeerError(
        t(f"the cluster at `{address}` cannot be used", f"クラスター `{address}` を利用できません"),
        why=str(error).splitlines()[0] if str(error) else type(error).__name__,
        hint=t(
            "start `dask scheduler` and `dask worker`, or scan without `--on`",
            "`dask scheduler` と `dask worker` を起動するか、`--on` を付けずに実行してください",
        ),
    )


def _other_versions(worker: str, found: str) -> InputError:
    return InputError(
        t(f"the worker `{worker}` cannot take part", f"ワーカー `{worker}` は参加できません"),
        why=t(f"it has {found}, we have {versions()}", f"ワーカー: {found}、こちら: {versions()}"),
        hint=t("install the same versions on all machines", "すべてのマシンに同じ版をインストールしてください"),
    )


def _lost(address: str) -> PeerError:
    return PeerError(
        t(f"workers of `{address}` were lost", f"`{address}` のワーカーが失われました"),
        why=t("one after the other ended over the same share", "同じ部分の処理中に次々と終了しました"),
        hint=t("give them more memory, then scan again", "メモリを増やして、もう一度実行してください"),
    )
