"""The doors as the operator of either side sees them: what opens them, snippets to copy, links to give away."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import NamedTuple

from tegata.doors.behind import Behind
from tegata.doors.forms import ALL_FORMS
from tegata.doors.guard import Guard
from tegata.doors.link import Linked, link_for
from tegata.doors.renditions import Renditions
from tegata.doors.snippets import Snippet, snippets
from tegata.exchange import Home
from tegata.identity import peers
from tegata.model.base import Language, Noun, Text, t
from tegata.model.errors import UsageError
from tegata.model.process import Role, TransferProcess
from tegata.store import Transaction, acquisitions, agreements, datasets, releases, transfers, uses
from tegata.store.uses import Use
from tegata.transfer.access import AccessKey, KeyRing, doors_at, flight_at
from tegata.transfer.contents import Told, contents_of, read_told
from tegata.wire.dsp import codec
from tegata.wire.dsp import messages as m
from tegata.wire.dsp.address import DOORS_PULL, http_address


class Doors(Noun, frozen=True, kw_only=True):
    """The doors of one transfer. `key` and `secret` open all of them until `expires`; `uses` (provider side) is what
    was opened, counted once for each file and day."""

    transfer: str
    agreement: str
    title: Text
    contents: tuple[Told, ...]
    role: Role
    state: str
    endpoint: str
    flight: str = ""
    key: str
    secret: str
    expires: dt.datetime
    snippets: tuple[Snippet, ...]
    uses: tuple[Use, ...] = ()


class Link(Noun, frozen=True, kw_only=True):
    """An address for one file, and until when it is good. `content`: the table or file where it is one of several."""

    transfer: str
    form: str
    content: str = ""
    name: str
    url: str
    expires: dt.datetime


class NewLink(Noun, frozen=True, kw_only=True):
    """What a link is wanted for. It cannot outlive the key of the transfer. `content`: a table or file of several;
    without, all of it in one file."""

    transfer: str
    content: str = ""
    form: str = "csv"
    hours: int = 24


class _Found(NamedTuple):
    """A transfer whose data lies behind doors, and what the data is called."""

    transfer: TransferProcess
    title: Text
    behind: Behind


class DoorsDesk:
    """Answers the operator. On the consumer's side all of it follows from the key that the provider gave.

    Args:
        url: where the doors of this node are.
        flight: where its Flight SQL door is, empty when there is none.
    """

    def __init__(self, home: Home, keys: KeyRing, guard: Guard, renditions: Renditions, url: str, flight: str) -> None:
        self._home = home
        self._keys = keys
        self._guard = guard
        self._renditions = renditions
        self._url = url
        self._flight = flight

    async def show(self, name: str, language: Language) -> Doors:
        """The doors of a transfer; `name` is its id, or that of its agreement or acquisition.

        Raises UsageError when there are none, or they are shut."""
        found, used = await self._home.store.read(lambda tx: self._look(tx, name, language))
        transfer, behind = found.transfer, found.behind
        return Doors(
            transfer=transfer.id,
            agreement=transfer.agreement,
            title=found.title,
            contents=behind.contents,
            role=transfer.role,
            state=transfer.state,
            endpoint=behind.base,
            flight=behind.flight,
            key=behind.key.id,
            secret=behind.key.secret,
            expires=behind.key.expires,
            snippets=snippets(behind),
            uses=tuple(used),
        )

    async def link(self, new: NewLink, language: Language) -> Link:
        """Make a link. At the provider the file is made first, so that whoever gets the link finds it."""
        if new.form not in ALL_FORMS or not 0 < new.hours <= 24 * 366:
            raise UsageError(
                t(
                    f"no link is made for `{new.form}`, {new.hours} h",
                    f"`{new.form}`、{new.hours} 時間のリンクは作れません",
                ),
                hint=t(f"forms: {', '.join(ALL_FORMS)}", f"使える形式: {', '.join(ALL_FORMS)}"),
            )
        found, _ = await self._home.store.read(lambda tx: self._look(tx, new.transfer, language))
        key, what = found.behind.key, found.behind.linked(new.form, new.content)
        expires = min(self._home.clock.now() + dt.timedelta(hours=new.hours), key.expires)
        if found.transfer.role == "provider":
            await self._made(key, what, expires)
        return Link(
            transfer=found.transfer.id,
            form=new.form,
            content=what.content,
            name=what.file,
            url=link_for(key, found.behind.base, what, expires),
            expires=expires,
        )

    async def _made(self, key: AccessKey, what: Linked, expires: dt.datetime) -> None:
        opened = await self._guard.enter(key.id, lambda _: True)
        await self._renditions.linked(opened, what.form, what.content)
        body = {"form": what.form, "expires": expires} | ({"content": what.content} if what.content else {})
        now = self._home.clock.now()
        await self._home.store.write(lambda tx: self._home.evidence.record(tx, "door_link", key.transfer, body, now))

    def _look(self, tx: Transaction, name: str, language: Language) -> tuple[_Found, list[Use]]:
        transfer = _transfer(tx, name)
        if transfer is None:
            raise UsageError(
                t(f"no open doors belong to `{name}`", f"`{name}` の入口は開いていません"),
                hint=t(
                    "name a transfer that is STARTED: `tegata node transfers list`",
                    "STARTED の転送を指定してください: `tegata node transfers list`",
                ),
            )
        if transfer.role == "consumer":
            return _at_peer(tx, transfer, language), []
        agreement, release = agreements.get(tx, transfer.agreement), releases.get(tx, transfer.id)
        dataset = datasets.get(tx, agreement.dataset) if agreement else None
        title = dataset.title if dataset else t("data", "データ")
        contents = tuple(one.told for one in contents_of(release.release, title)) if release else ()
        key = self._keys.key_of(transfer.id, transfer.created_at)
        behind = Behind(key, self._url, self._flight, title.say(language), contents)
        return _Found(transfer, title, behind), list(uses.of_agreement(tx, transfer.agreement))


def _transfer(tx: Transaction, name: str) -> TransferProcess | None:
    """A started transfer by its id, the id of its acquisition, or that of its agreement: the newest of several."""
    found = transfers.get(tx, name)
    if found is not None:
        return found if found.state == "STARTED" else None
    acquisition = acquisitions.get(tx, name)
    if acquisition is not None:
        names = [acquisition.transfer, *(one.transfer for one in reversed(acquisition.earlier))]
        return next((one for one in map(partial(transfers.get, tx), names) if one and one.state == "STARTED"), None)
    after, opened = "", list[TransferProcess]()
    while page := transfers.in_state(tx, "STARTED", after):
        opened += [one for one in page if (one.agreement, one.format) == (name, DOORS_PULL)]
        after = page[-1].id
    return max(opened, key=lambda one: one.created_at, default=None)


def _at_peer(tx: Transaction, transfer: TransferProcess, language: Language) -> _Found:
    negotiation = agreements.negotiation_of(tx, transfer.agreement) or ""
    acquisition = acquisitions.holding(tx, transfer.id, negotiation)
    if acquisition is None or transfer.format != DOORS_PULL or not acquisition.address:
        raise UsageError(
            t(
                f"`{transfer.id}` does not stay with its provider",
                f"`{transfer.id}` は提供者側に置かれるデータではありません",
            ),
            hint=t("ask for it with `tegata get --doors`", "`tegata get --doors` で要求してください"),
        )
    address = http_address(codec.decode(m.DataAddress, acquisition.address).message)
    peer = peers.find(tx, transfer.peer)
    endpoint, key = doors_at(address, peer)
    contents, title = read_told(address.contents, acquisition.title), acquisition.title
    return _Found(transfer, title, Behind(key, endpoint, flight_at(address, peer), title.say(language), contents))
