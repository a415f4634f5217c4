"""The data plane of Eclipse EDC with the file that `bench.data_door` has our node send, in one run.

EDC brings it (HttpData-PUSH) from nginx to a server that counts and forgets: its address for pulling (the public API)
is published for no release of these years, so its data plane as it is published can only push. What counts is the time
from the first byte to the last at whoever receives; agreements and starts do not. Our node is read by curl through its
door, with all that it does beside.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Queue

from tests.interop.connector import Connector
from tests.interop.runtime import class_path, edc

from bench.data_door import SIZE, fetched, nginx, opened
from bench.measure import Figure
from tegata.trust import SigningKey

_TIMES = 7
_PATIENCE = 300  # seconds for one transfer


def figures() -> list[Figure]:
    missing = [name for name in ("nginx", "curl", "java", "javac", "mvn") if shutil.which(name) is None]
    if missing:
        print(f"  not measured: no {' and no '.join(missing)} here")
        return []
    path = class_path()
    with tempfile.TemporaryDirectory() as place, ExitStack() as stack:
        folder = Path(place)
        door = stack.enter_context(opened(folder))
        port = stack.enter_context(nginx(folder, door.release.parent))
        received, sink = stack.enter_context(_sink())
        provider, consumer = (stack.enter_context(edc(path, _participant(), heap="1g")) for _ in range(2))
        agreement = _agreed(provider, consumer, f"http://127.0.0.1:{port}/{door.release.name}")
        ours, theirs = list[float](), list[float]()
        for turn in range(_TIMES):
            own, its = fetched(door.link)[0], _pushed(provider, consumer, agreement, sink, received)
            if turn:  # the first fills caches, and compiles
                ours.append(own)
                theirs.append(its)
    node, peer = statistics.median(ours), statistics.median(theirs)
    print(f"  node {SIZE / node / 1e6:.0f} MB/s through its door, EDC {SIZE / peer / 1e6:.0f} MB/s pushing, loopback")
    return [Figure("unprotected file: EDC's data plane / our door, throughput", node / peer, 1.0, "x")]


def _agreed(provider: Connector, consumer: Connector, url: str) -> str:
    provider.open_access()
    provider.offer("large", url)
    (dataset,) = consumer.catalogue(provider.party)
    negotiation = consumer.request(provider.party, dataset)
    return str(consumer.negotiation(negotiation, "FINALIZED")["contractAgreementId"])


def _pushed(provider: Connector, consumer: Connector, agreement: str, sink: str, received: Queue[_Receipt]) -> float:
    """Seconds from the first byte to the last."""
    consumer.push(provider.party, agreement, sink)
    size, seconds = received.get(timeout=_PATIENCE)
    if size < SIZE // 2:
        raise SystemExit(f"EDC brought {size} bytes")
    return seconds


_Receipt = tuple[int, float]


@contextmanager
def _sink() -> Iterator[tuple[Queue[_Receipt], str]]:
    """A server that takes what is posted; bytes and seconds of each, and its address."""
    receipts: Queue[_Receipt] = Queue()
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, receipts), daemon=True).start()
        yield receipts, f"http://127.0.0.1:{server.getsockname()[1]}/"


def _serve(server: socket.socket, receipts: Queue[_Receipt]) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:  # it is closed: the run is over
            return
        threading.Thread(target=_take, args=(connection, receipts), daemon=True).start()


def _take(connection: socket.socket, receipts: Queue[_Receipt]) -> None:
    """One request in chunks, or with a length; the connection is closed behind it."""
    buffer = bytearray(1 << 20)
    with connection:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(1 << 16)
        begun = time.perf_counter()
        head, _, body = head.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        length = int(lengths[0].partition(b":")[2]) if lengths else None
        size, end = len(body), body[-5:]
        while size < length if length is not None else end != b"0\r\n\r\n":
            count = connection.recv_into(buffer)
            if not count:
                break
            size, end = size + count, (end + bytes(buffer[max(count - 5, 0) : count]))[-5:]
        receipts.put((size, time.perf_counter() - begun))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def _participant() -> str:
    return SigningKey.generate(os.urandom(32)).did
