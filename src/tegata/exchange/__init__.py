"""Messages between participants: received at most once, sent until answered, and the steps that follow from them."""

from tegata.exchange.backoff import GIVE_UP_AFTER
from tegata.exchange.book import Book, Kind
from tegata.exchange.courier import Answer, Courier
from tegata.exchange.home import Home
from tegata.exchange.inbox import Inbox
from tegata.exchange.pairing import is_named, new_id, paired, termination_of
from tegata.exchange.service import Service
from tegata.exchange.worker import WaitingError, Worker

__all__ = [
    "GIVE_UP_AFTER",
    "Answer",
    "Book",
    "Courier",
    "Home",
    "Inbox",
    "Kind",
    "Service",
    "WaitingError",
    "Worker",
    "is_named",
    "new_id",
    "paired",
    "termination_of",
]
