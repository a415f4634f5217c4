"""Record batches: how bytes of a file become tables of text, and how tables become files again.

The columnar engine is loaded when a source or sink is opened: importing this package is cheap.
"""

from tegata.tables.ahead import ahead
from tegata.tables.collection import ADBC, STREAMS, WEB, Collection, Part
from tegata.tables.document import read_document
from tegata.tables.opening import copy_collection, open_collection, open_sink, open_source, place_of
from tegata.tables.sink import Sink
from tegata.tables.source import Source, digest_file

__all__ = [
    "ADBC",
    "STREAMS",
    "WEB",
    "Collection",
    "Part",
    "Sink",
    "Source",
    "ahead",
    "copy_collection",
    "digest_file",
    "open_collection",
    "open_sink",
    "open_source",
    "place_of",
    "read_document",
]
