"""A wire to PostgreSQL that is cut at the worst moment: around a COMMIT."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from pathlib import Path
from typing import Literal

Cut = Literal["", "before", "after"]
_SOCKET = ".s.PGSQL.5432"


class Wire:
    """Stands between client and server. `cut` says what the next COMMIT meets: lost on its way there, or its answer
    lost on the way back. While `dead`, nobody gets through."""

    def __init__(self, server: Path, place: Path) -> None:
        self.cut: Cut = ""
        self.dead = False
        self.commits = 0
        self._server, self.place = server, place
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(5)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        with contextlib.suppress(Exception):
            self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    def _run(self) -> None:
        path = str(self.place / _SOCKET)
        self._listening = self._loop.run_until_complete(asyncio.start_unix_server(self._serve, path))
        self._ready.set()
        self._loop.run_forever()
        self._listening.close()

    async def _serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        if self.dead:
            answers.close()
            return
        server, questions = await asyncio.open_unix_connection(str(self._server / _SOCKET))
        back = asyncio.create_task(_copy(server, answers))
        try:
            while data := await client.read(1 << 16):
                cut = self._met(data)
                if cut == "before":
                    break
                if cut == "after":
                    back.cancel()
                    questions.write(data)
                    await server.read(1 << 16)  # it is done, and nobody is told
                    break
                questions.write(data)
        finally:
            back.cancel()
            for writer in (questions, answers):
                writer.close()

    def _met(self, data: bytes) -> Cut:
        if b"COMMIT" not in data or b"NOTIFY" not in data:
            return ""
        self.commits += 1
        cut, self.cut = self.cut, ""
        if cut and self.dead_after:
            self.dead = True
        return cut

    dead_after = False


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(1 << 16):
            sink.write(data)
    sink.close()
