"""Download links: an address that anybody may be given, good for one file in one form until it expires.

    {doors}/link/{uuid of the transfer}/{form}/{file name}?key=ID&expires=SECONDS&signature=HEX

The signature is made with the secret of an access key over all the rest (HMAC-SHA-256), so the holder of a key can make
links without asking anybody, and nobody can change one.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
import unicodedata
import uuid
from typing import Final
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tegata.doors.forms import FORMS
from tegata.doors.guard import Guard
from tegata.doors.renditions import Renditions
from tegata.doors.serving import NEVER_CACHED, answering, attachment, handed_out
from tegata.model.errors import TegataError
from tegata.transfer.access import AccessKey

LINK_PATH: Final = "/link"
_MOST_NAME: Final = 80
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
_NO_FILE_NAME: Final = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069]+')
"""What no file system takes, and characters that make a name look like another."""


def link_for(key: AccessKey, base: str, form: str, title: str, expires: dt.datetime) -> str:
    """The address of a release in a form; `base` is that of the doors. It is good until the key expires, or before."""
    path = f"/{uuid.UUID(key.transfer)}/{form}/{file_name(title, FORMS[form].suffix)}"
    seconds = int(min(expires, key.expires).timestamp())
    query = {"key": key.id, "expires": seconds, "signature": key.signature(_signed(path, str(seconds)))}
    return f"{base}{LINK_PATH}{quote(path)}?{urlencode(query)}"


def file_name(title: str, suffix: str) -> str:
    """A title as a name that every file system takes, in its own script."""
    plain = _NO_FILE_NAME.sub(" ", unicodedata.normalize("NFC", title)).strip(" .")
    return (plain[:_MOST_NAME].strip(" .") or "data") + suffix


def link_routes(base: str, guard: Guard, renditions: Renditions) -> list[Route]:
    """`base`: the path below which the doors are."""

    async def link(request: Request) -> Response:
        path, form, name = (request.path_params[part] for part in ("transfer", "form", "name"))
        query, signed = request.query_params, f"/{path}/{form}/{name}"
        expires, signature = query.get("expires", ""), query.get("signature", "")

        def proves(key: AccessKey) -> bool:
            wanted = key.signature(_signed(signed, expires))
            return key.transfer == f"urn:uuid:{path}" and hmac.compare_digest(wanted.encode(), signature.encode())

        opened = await guard.enter(
            query.get("key", ""), proves, until=int(expires) if _SECONDS.fullmatch(expires) else 0
        )
        item = await renditions.get(opened, form)
        return await handed_out(request, guard, opened, item, attachment(name))

    return [Route(base + LINK_PATH + "/{transfer}/{form}/{name}", answering(link, _refused), methods=["GET", "HEAD"])]


def _signed(path: str, expires: str) -> str:
    return f"tegata-link/1\n{path}\n{expires}"


def _refused(status: int, error: TegataError) -> Response:
    """For people, who open links: both languages, in plain text."""
    texts = (" ".join(part for part in error.parts(language) if part) for language in ("en", "ja"))
    return Response("\n".join(texts) + "\n", status, NEVER_CACHED, media_type="text/plain; charset=utf-8")
