"""What is in the data: sensitive categories per column with evidence, and how many distinct people."""

from tegata.scan.dataset import scan_collection, scan_collection_subjects
from tegata.scan.load import RecogniserSet, builtin_recognisers, load_recognisers, recognisers_beside
from tegata.scan.passes import Workers
from tegata.scan.recogniser import Recogniser
from tegata.scan.redaction import Redaction
from tegata.scan.sample import Sample
from tegata.scan.scanning import FirstLook, scan, scan_batches, scan_subjects
from tegata.scan.second_look import SecondLook

__all__ = [
    "FirstLook",
    "Recogniser",
    "RecogniserSet",
    "Redaction",
    "Sample",
    "SecondLook",
    "Workers",
    "builtin_recognisers",
    "load_recognisers",
    "recognisers_beside",
    "scan",
    "scan_batches",
    "scan_collection",
    "scan_collection_subjects",
    "scan_subjects",
]
