"""Download links: an address that anybody may be given, good for one file in one form until it expires.

    {doors}/link/{uuid of the transfer}[/{table or file}]/{form}/{file name}?key=ID&expires=SECONDS&signature=HEX

The signature is made with the secret of an access key over all the rest (HMAC-SHA-256), so the holder of a key can make
links without asking anybody, and nobody can change one.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
import unicodedata
import uuid
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.doors.forms import form_of
from tegata.doors.guard import Guard, Opened
from tegata.doors.renditions import CHANGES, Item, Renditions
from tegata.doors.serving import NEVER_CACHED, answering, attachment, handed_out
from tegata.model.base import t
from tegata.model.errors import ProtocolError, TegataError
from tegata.transfer.access import AccessKey
from tegata.transfer.contents import Told

LINK_PATH: Final = "/link"
_MOST_NAME: Final = 80
_SINCE: Final = re.compile(f"{CHANGES}([0-9]{{1,9}})")
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_NO_FILE_NAME: Final = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069]+')
"""What no file system takes, and characters that make a name look like another."""


class Linked(NamedTuple):
    """What a link leads to: a form, the name of the file, and the table or file where it is one of several."""

    form: str
    file: str
    content: str = ""


def linked(told: Told, form_name: str, title: str) -> Linked:
    """A table or file in a form. `title`: of the data set. ProtocolError 404 when it cannot be had in that."""
    suffix = form_of(told, form_name).suffix or f".{told.file}"
    return Linked(form_name, file_name(told.stem or title, suffix), told.name if told.packed else "")


def link_for(key: AccessKey, base: str, what: Linked, expires: dt.datetime, transfer: str = "") -> str:
    """The address of a file of a transfer, which is that of the key unless it is another under the same agreement;
    `base` is that of the doors. It is good until the key expires, or before."""
    place = str(uuid.UUID(transfer or key.transfer))
    path = "/".join(part for part in (place, what.content, what.form, what.file) if part)
    seconds = int(min(expires, key.expires).timestamp())
    query = {"key": key.id, "expires": seconds, "signature": key.signature(_signed(f"/{path}", str(seconds)))}
    return f"{base}{LINK_PATH}/{quote(path)}?{urlencode(query)}"


def file_name(title: str, suffix: str) -> str:
    """A title as a name that every file system takes, in its own script."""
    plain = _NO_FILE_NAME.sub(" ", unicodedata.normalize("NFC", title)).strip(" .")
    return (plain[:_MOST_NAME].strip(" .") or "data") + suffix


def link_routes(base: str, guard: Guard, renditions: Renditions) -> list[Route]:
    """`base`: the path below which the doors are."""

    async def link(request: Request) -> Response:
        path, form, name = (request.path_params[part] for part in ("transfer", "form", "name"))
        content = request.path_params.get("content", "")
        query, signed = request.query_params, f"/{path}{content and '/'}{content}/{form}/{name}"
        expires, signature = query.get("expires", ""), query.get("signature", "")

        def proves(key: AccessKey) -> bool:
            wanted = key.signature(_signed(signed, expires))
            return hmac.compare_digest(wanted.encode(), signature.encode())

        opened = await guard.enter(
            query.get("key", ""), proves, until=int(expires) if _SECONDS.fullmatch(expires) else 0
        )
        opened = await guard.version_of(opened, f"urn:uuid:{path}")
        item = await _item(guard, renditions, opened, form, content)
        return await handed_out(request, guard, opened, item, attachment(name))

    answer, read = answering(link, _refused), ["GET", "HEAD"]
    return [
        Route(f"{base}{LINK_PATH}/{{transfer}}{content}/{{form}}/{{name}}", answer, methods=read)
        for content in ("", "/{content}")
    ]


async def _item(guard: Guard, renditions: Renditions, opened: Opened, form: str, content: str) -> Item:
    since = _SINCE.fullmatch(form)
    if since is None:
        return await renditions.linked(opened, form, content)
    before = [one for one in await guard.versions(opened) if one.number == int(since[1])]
    if not before:
        raise ProtocolError(t("that version is not kept any more", "その版はもう保管されていません"), status=404)
    return await renditions.changes(before[0], opened, content or opened.contents[0].name)


def _signed(path: str, expires: str) -> str:
    return f"tegata-link/1\n{path}\n{expires}"


def _refused(status: int, error: TegataError) -> Response:
    """For people, who open links: both languages, in plain text."""
    texts = (" ".join(part for part in error.parts(language) if part) for language in ("en", "ja"))
    return Response("\n".join(texts) + "\n", status, NEVER_CACHED, media_type="text/plain; charset=utf-8")
