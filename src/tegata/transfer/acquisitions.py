"""Data sets that this node wants: find them at a peer, ask for one, and see how far it has come."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urljoin

from tegata.contracts import Contracts
from tegata.exchange import Home
from tegata.model.base import Text, t
from tegata.model.catalog import FOR_RECIPIENT, Participant
from tegata.model.errors import OutboundError, PeerError, UsageError
from tegata.model.process import Acquisition, Negotiation, Phase, TransferProcess
from tegata.outbound import Answer, Outbound
from tegata.outbound.target import read_url
from tegata.store import Transaction, acquisitions, agreements, negotiations, transfers
from tegata.store.acquisitions import StoredAcquisition
from tegata.transfer.enveloping import check_certificate, no_certificate, no_doors
from tegata.transfer.transfers import Transfers
from tegata.wire.dsp import catalog as dcat
from tegata.wire.dsp import codec
from tegata.wire.dsp.address import DOORS_PULL, HTTP_PUSH
from tegata.wire.dsp.catalog import CatalogItem
from tegata.wire.dsp.dcat import CatalogRequestMessage, RootCatalog, RootDataset
from tegata.wire.dsp.filter import LONGEST_TEXT, Filter, filter_terms
from tegata.wire.dsp.paths import ENDPOINTS, address
from tegata.wire.dsp.policy import asks_for
from tegata.wire.link import read_links

_MAX_CATALOG = 8 << 20
_MOST_PAGES = 50_000  # of a million data sets, 20 a page
_MOST_FOUND = 10_000
_CATALOG, _DATASET = ENDPOINTS[0], ENDPOINTS[1]


class Acquisitions:
    """The consumer's wishes."""

    def __init__(self, home: Home, outbound: Outbound, contracts: Contracts, transfers: Transfers) -> None:
        self._home = home
        self._outbound = outbound
        self._contracts = contracts
        self._transfers = transfers

    async def find(self, peer: Participant, query: str) -> tuple[CatalogItem, ...]:
        """Offers in a peer's catalogue whose title, description or id contains every word of the query.

        Raises PeerError when the catalogue cannot be read to its end, UsageError when too many match to be read.
        """
        words, found = query.casefold().split(), list[CatalogItem]()
        async for items in self._pages(peer, query):
            found += (item for item in items if all(word in _searched(item) for word in words))
            if len(found) > _MOST_FOUND:
                raise UsageError(_too_many(), hint=t("search for more words", "検索語を増やしてください"))
        return tuple(found)

    async def start(
        self, peer: Participant, dataset: str, *, push: bool = False, doors: bool = False, certificate: str = ""
    ) -> Acquisition:
        """Ask for a data set under the terms that the peer's catalogue shows us. Returns at once; see `get`.

        Args:
            push: the peer is to bring the data. UsageError when its catalogue does not offer that.
            doors: the data is to stay with the peer, and be opened there. UsageError likewise.
            certificate: DER in base64, for whose key the peer is to encrypt. InputError when nothing can be; UsageError
                when the terms ask for one and there is none, or the data is to stay behind doors.
        """
        if certificate:
            check_certificate(certificate, self._home.clock.now())
        answer = await self._request(peer, "GET", address(peer.url, _DATASET, dataset))
        _refuse_unless_ok(peer, answer)
        found = codec.decode(RootDataset, answer.body, max_bytes=_MAX_CATALOG).message
        self._refuse_unsealed(found, certificate, doors=doors)
        if push and not dcat.offers(found, HTTP_PUSH):
            raise UsageError(_no_push(peer), hint=t("ask without `--push`", "`--push` を付けずに取得してください"))
        if doors and not dcat.offers(found, DOORS_PULL):
            raise UsageError(_no_doors(peer), hint=t("ask without `--doors`", "`--doors` を付けずに取得してください"))
        title = dcat.item(found, peer.id).title

        def keep(tx: Transaction, negotiation: str) -> None:
            wish = StoredAcquisition(
                negotiation=negotiation, title=title, push=push, doors=doors, certificate=certificate
            )
            acquisitions.put(tx, wish)

        process = await self._contracts.consumer.request(peer, dataset, found.has_policy[0], keep)
        return await self.get(process)

    def _refuse_unsealed(self, found: RootDataset, certificate: str, *, doors: bool) -> None:
        """UsageError where terms ask for a certificate and there is none, or doors would have to read the data."""
        asked = asks_for(found.has_policy[0], FOR_RECIPIENT)
        if doors and (asked or certificate):
            raise no_doors(UsageError)
        if asked and not (certificate or self._transfers.consumer.certificate):
            raise no_certificate(UsageError)

    async def again(self, acquisition: str) -> Acquisition:
        """Ask once more for what is open behind the doors of its provider: the next version. Returns at once; see
        `get`. Takes the id of a transfer or agreement too. Raises UsageError when nothing of it is open."""
        negotiation = await self._home.store.read(lambda tx: _asked_for(tx, acquisition))
        if negotiation is not None:
            await self._transfers.consumer.again(negotiation)
        return await self.get(negotiation.id if negotiation else acquisition)

    async def get(self, acquisition: str) -> Acquisition:
        """How far an acquisition has come. UsageError when there is none of that id."""
        return await self._home.store.read(lambda tx: self._view(tx, acquisition))

    def _view(self, tx: Transaction, acquisition: str) -> Acquisition:
        stored, negotiation = acquisitions.get(tx, acquisition), negotiations.get(tx, acquisition)
        if stored is None or negotiation is None:
            raise UsageError(
                t(f"there is no acquisition `{acquisition}`", f"取得 `{acquisition}` はありません"),
                hint=t("ask a peer for a data set: `--from PEER`", "`--from PEER` で相手を指定して求めてください"),
            )
        transfer = transfers.get(tx, stored.transfer) if stored.transfer else None
        ended = transfer or negotiation
        received, total = self._transfers.arrivals.progress.get(stored.transfer, (stored.size, stored.size))
        return Acquisition(
            id=acquisition,
            peer=negotiation.peer,
            dataset=negotiation.dataset,
            title=stored.title,
            phase="done" if stored.data else _phase(negotiation, transfer, bool(stored.passport)),
            transfer=stored.transfer,
            code=ended.code,
            reasons=ended.reasons,
            bytes=received,
            total=total,
            data=stored.data,
            passport=stored.passport,
            verdict=stored.verdict,
        )

    async def _pages(self, peer: Participant, query: str) -> AsyncIterator[tuple[CatalogItem, ...]]:
        """A catalogue page by page, along its `next` links: what is looked for, or all of it from a peer that does not
        know our filters."""
        url, body = address(peer.url, _CATALOG), codec.encode(CatalogRequestMessage(filter=_filter(query)))
        answer = await self._request(peer, "POST", url, body)
        if answer.status == 400:
            body = codec.encode(CatalogRequestMessage())
            answer = await self._request(peer, "POST", url, body)
        for _ in range(_MOST_PAGES):
            _refuse_unless_ok(peer, answer)
            yield dcat.items(codec.decode(RootCatalog, answer.body, max_bytes=_MAX_CATALOG).message)
            following = read_links(answer.headers.get("link", "")).get("next")
            if following is None:
                return
            url = _followed(peer, url, following)
            answer = await self._request(peer, "POST", url, body)
        raise PeerError(_endless(peer))

    async def _request(self, peer: Participant, method: str, url: str, body: bytes = b"") -> Answer:
        """One authenticated request to a peer, whatever the answer."""
        authorization = self._home.authentication.authorization(peer.id, body)
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        return await self._outbound.request(method, url, headers=headers, content=body, max_bytes=_MAX_CATALOG)


def _asked_for(tx: Transaction, name: str) -> Negotiation | None:
    """The negotiation of that id, or of the agreement or transfer of that id."""
    transfer = transfers.get(tx, name)
    agreed = agreements.negotiation_of(tx, transfer.agreement if transfer else name)
    return negotiations.get(tx, agreed or name)


def _filter(query: str) -> tuple[dict[str, str], ...]:
    return filter_terms(Filter(text=query)) if len(query) <= LONGEST_TEXT else ()


def _refuse_unless_ok(peer: Participant, answer: Answer) -> None:
    if answer.status != 200:
        raise PeerError(_no_answer(peer, answer.status), hint=_ask_operator())


def _followed(peer: Participant, url: str, link: str) -> str:
    """The address that a link stands for. PeerError unless it is the peer's: it cannot point us at a third party."""
    with contextlib.suppress(ValueError, OutboundError):  # what does not read leads nowhere
        target = urljoin(url, link)
        if read_url(target).origin == read_url(peer.url).origin:
            return target
    raise PeerError(_astray(peer))


def _searched(item: CatalogItem) -> str:
    texts = (item.title.en, item.title.ja, item.description.en, item.description.ja, item.id)
    return " ".join(texts).casefold()


def _phase(negotiation: Negotiation, transfer: TransferProcess | None, proven: bool) -> Phase:
    if negotiation.state == "TERMINATED":
        return "refused"
    if transfer is None:
        if negotiation.state == "OFFERED" and negotiation.proposed is not None:
            return "offered"
        return "negotiating" if negotiation.state != "FINALIZED" else "preparing"
    if (transfer.state, transfer.format) == ("STARTED", DOORS_PULL):
        return "open" if proven else "preparing"
    phases: dict[str, Phase] = {
        "REQUESTED": "preparing",
        "STARTED": "receiving",
        "SUSPENDED": "receiving",
        "COMPLETED": "done",
    }
    return phases.get(transfer.state, "failed")


def _too_many() -> Text:
    return t(f"more than {_MOST_FOUND} data sets match", f"{_MOST_FOUND} 件を超えるデータセットが一致しました")


def _astray(peer: Participant) -> Text:
    return t(
        f"the catalogue of `{peer.name}` goes on at somebody else's address",
        f"`{peer.name}` のカタログの続きが別のアドレスを指しています",
    )


def _endless(peer: Participant) -> Text:
    return t(
        f"the catalogue of `{peer.name}` has more than {_MOST_PAGES} pages",
        f"`{peer.name}` のカタログは {_MOST_PAGES} ページを超えています",
    )


def _no_push(peer: Participant) -> Text:
    return t(
        f"`{peer.name}` does not offer to bring this data set over HTTP",
        f"`{peer.name}` はこのデータセットを HTTP で届ける方法を提供していません",
    )


def _no_doors(peer: Participant) -> Text:
    return t(
        f"`{peer.name}` does not offer to keep this data set open for your tools",
        f"`{peer.name}` はこのデータセットを手元のツールから開く方法を提供していません",
    )


def _no_answer(peer: Participant, status: int) -> Text:
    return t(f"`{peer.name}` answered with status {status}", f"`{peer.name}` の応答は {status} でした")


def _ask_operator() -> Text:
    return t(
        "check the id of the data set, and that the peer has you in its register",
        "データセットの id と、相手の登録簿に自ノードがあるかを確認してください",
    )
