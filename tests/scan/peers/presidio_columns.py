"""Presidio on the labelled columns: `python presidio_columns.py FOLDER TABLE...` in an environment of its own.

Prints {table: {column: entity}} as JSON. Pattern recognisers alone: all that Presidio loads for English, and those of
the United States and Japan; a language model without training names no entity (spaCy's trained ones are not on PyPI).
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import sys
import tempfile
import warnings
from pathlib import Path

import pandas
import presidio_analyzer.predefined_recognizers.country_specific as countries
import spacy
from presidio_analyzer import AnalyzerEngine, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_structured import PandasAnalysisBuilder

COUNTRIES = ("us", "jp", "japan")


def engine() -> AnalyzerEngine:
    with tempfile.TemporaryDirectory() as place:
        spacy.blank("en").to_disk(Path(place) / "blank")
        language = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": str(Path(place) / "blank")}])
        language.load()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    there = {type(one) for one in registry.recognizers}
    for kind in of_countries() - there:
        registry.add_recognizer(kind(supported_language="en"))
    return AnalyzerEngine(registry=registry, nlp_engine=language)


def of_countries() -> set[type[PatternRecognizer]]:
    found = set()
    for country in pkgutil.iter_modules(countries.__path__):
        if country.name in COUNTRIES:
            package = importlib.import_module(f"{countries.__name__}.{country.name}")
            found |= {kind for _, kind in inspect.getmembers(package, inspect.isclass)}
    return {kind for kind in found if issubclass(kind, PatternRecognizer) and kind is not PatternRecognizer}


def main(folder: str, *tables: str) -> None:
    warnings.simplefilter("ignore")
    builder, found = PandasAnalysisBuilder(analyzer=engine()), {}
    for table in tables:
        frame = pandas.read_csv(Path(folder) / table, dtype=str, keep_default_na=False)
        found[table] = builder.generate_analysis(frame).entity_mapping
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
