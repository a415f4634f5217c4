"""What is on offer: publishing a source as a data set, and who may see it."""

from tegata.catalog.catalog import Catalog
from tegata.catalog.places import Places

__all__ = ["Catalog", "Places"]
