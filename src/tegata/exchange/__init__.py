"""Messages between participants: received at most once, sent until answered, and the steps that follow from them."""

from tegata.exchange.book import Book, Kind
from tegata.exchange.courier import Answer, Courier
from tegata.exchange.home import Home
from tegata.exchange.inbox import Inbox
from tegata.exchange.pairing import OTHER, new_id, paired
from tegata.exchange.service import Service
from tegata.exchange.worker import Worker

__all__ = ["OTHER", "Answer", "Book", "Courier", "Home", "Inbox", "Kind", "Service", "Worker", "new_id", "paired"]
