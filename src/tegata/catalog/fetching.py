"""A file at an address of the web, fetched into one of ours: after a break from where it broke off, and never two
versions in one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO, Final

from tegata.model.base import t
from tegata.model.errors import InputError, PeerError, StoreError, why_of
from tegata.outbound import Outbound, Stream
from tegata.wire.codings import unpacked
from tegata.wire.ranges import read_content_range, write_range

PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds before the next request after one, or several in a row, that brought nothing."""


async def fetch(outbound: Outbound, url: str, file: Path, most: int) -> None:
    """All that is at `url`, at most so many bytes.

    Raises:
        OutboundError: the policy refuses the address.
        PeerError: nobody answers there, or breaks off again and again.
        InputError: there is nothing, or more than is taken. StoreError: the disk is full.
    """
    try:
        with file.open("wb") as out:
            await _Fetch(outbound, url, out, most).all()
    except OSError as error:
        raise no_room(error) from error


class _Fetch:
    """`have` bytes are there of the version with the strong tag `_tag`, "" for one that has none."""

    def __init__(self, outbound: Outbound, url: str, out: BinaryIO, most: int) -> None:
        self._outbound = outbound
        self._url = url
        self._out = out
        self._most = most
        self._tag = ""
        self._have = 0

    async def all(self) -> None:
        idle = 0
        while True:
            before = self._have
            try:
                await self._once()
                return
            except PeerError:
                idle = 0 if self._have > before else idle + 1
                if idle == len(PAUSES):
                    raise
            await asyncio.sleep(PAUSES[idle])

    async def _once(self) -> None:
        """One request. PeerError when it broke off before the end."""
        goes_on = self._have > 0 and self._tag != ""
        headers = {"Range": write_range(self._have), "If-Range": self._tag} if goes_on else {}
        async with self._outbound.stream(self._url, headers) as stream:
            if not (goes_on and self._continues(stream)):
                self._begin(stream)
            blocks = unpacked(stream.blocks, stream.headers.get("content-encoding", ""))
            await self._write(blocks)

    def _continues(self, stream: Stream) -> bool:
        """Whether what comes belongs behind what is there, and to the same version."""
        piece = read_content_range(stream.headers.get("content-range", "")) if stream.status == 206 else None
        return piece is not None and piece.start == self._have and stream.headers.get("etag") == self._tag

    def _begin(self, stream: Stream) -> None:
        """Another version, or the first: nothing of an earlier one stays."""
        self._out.seek(0)
        self._out.truncate()
        self._have, self._tag = 0, ""
        if stream.status in (206, 416):  # the next request asks for all of it
            raise PeerError(t("another part came than was asked for", "求めた範囲と異なる部分が届きました"))
        if stream.status != 200:
            raise refused(self._url, stream.status)
        tag = stream.headers.get("etag", "")
        if tag.startswith('"') and "content-encoding" not in stream.headers:
            self._tag = tag

    async def _write(self, blocks: AsyncIterator[bytes]) -> None:
        async for block in blocks:
            if self._have + len(block) > self._most:
                raise InputError(
                    t(f"`{self._url}` is too long", f"`{self._url}` は大きすぎます"),
                    why=t(
                        f"this node takes {self._most:,} bytes at most", f"このノードの上限は {self._most:,} バイトです"
                    ),
                    hint=t(
                        "raise `limits.received_bytes` in node.yaml", "node.yaml の `limits.received_bytes` を上げます"
                    ),
                )
            await asyncio.to_thread(self._out.write, block)
            self._have += len(block)


def no_room(error: OSError) -> StoreError:
    return StoreError(t("what is fetched has no room here", "取得した内容を置く場所がありません"), why=why_of(error))


def refused(url: str, status: int) -> InputError | PeerError:
    if status >= 500 or status in (408, 425, 429):
        return PeerError(t(f"`{url}` answers with status {status}", f"`{url}` の応答は {status} でした"))
    return InputError(
        t(f"`{url}` cannot be read", f"`{url}` を読み取れません"),
        why=t(f"the server answers with status {status}", f"サーバーの応答は {status} でした"),
        hint=t(
            "name the address of the file itself: redirects are not followed",
            "ファイルそのもののアドレスを指定してください。転送先へは移動しません",
        ),
    )
