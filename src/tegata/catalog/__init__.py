"""What is on offer: publishing a source as a data set, and who may see it."""

from tegata.catalog.catalog import Catalog

__all__ = ["Catalog"]
