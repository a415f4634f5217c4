"""Documents that people write: YAML as plain data only, nothing that expands, nothing that is read two ways."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from tegata.model.base import Text, t
from tegata.model.errors import InputError

MAX_BYTES = 1 << 20
MAX_DEPTH = 24


class YamlError(InputError):
    """The document is not the plain YAML that is read here; callers add the name of the file."""


def read_yaml(data: bytes) -> Any:
    """Mappings, lists, text, numbers, dates, `true`/`false` and null from UTF-8 YAML (JSON is a subset).

    Anchors, tags, duplicate keys, several documents and deep nesting are refused. Words such as `no` and `on`
    stay text (YAML 1.2 core schema), because `NO` is the code of Norway.

    Raises:
        YamlError: with line and column where they are known.
    """
    import yaml

    if len(data) > MAX_BYTES:
        raise YamlError(t("the document is too large", "文書が大きすぎます"), why=f"> {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise YamlError(
            t("the document is not UTF-8", "文書が UTF-8 ではありません"), why=f"byte {error.start}"
        ) from None
    try:
        _refuse_expansion(text)
        return yaml.load(text, Loader=_loader())  # noqa: S506 - a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        raise YamlError(_not_yaml(), why=_place(error)) from None
    except (yaml.YAMLError, ValueError) as error:
        raise YamlError(_not_yaml(), why=str(error).split("\n", 1)[0]) from None


def _not_yaml() -> Text:
    return t("the document is not plain YAML", "文書が単純な YAML ではありません")


def _place(error: Any) -> str:
    return f"{error.problem}" + _at(error.problem_mark)


def _at(mark: Any) -> str:
    return f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""


def _refuse_expansion(text: str) -> None:
    """Anchors make small documents large, tags make data act: neither is needed here."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=_loader()):
        if getattr(event, "anchor", None) or (getattr(event, "tag", None) not in (None, "!")):
            raise YamlError(_not_yaml(), why="anchor, alias or tag" + _at(event.start_mark))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise YamlError(_not_yaml(), why=f"nested deeper than {MAX_DEPTH} levels")


@functools.cache
def _loader() -> Any:
    import yaml

    class Plain(yaml.CSafeLoader):
        """The safe loader with YAML 1.2 words and without duplicate keys."""

        yaml_implicit_resolvers = _resolvers()

    Plain.add_constructor("tag:yaml.org,2002:map", _mapping)
    Plain.add_constructor("tag:yaml.org,2002:timestamp", _date)
    return Plain


def _resolvers() -> dict[str, list[tuple[str, Any]]]:
    """First letters to (tag, pattern): null, true/false, decimal numbers and ISO dates; all else is text."""
    import re

    tag = "tag:yaml.org,2002:"
    date = (tag + "timestamp", re.compile(r"^\d{4}-\d\d-\d\d$"))
    whole = (tag + "int", re.compile(r"^[-+]?(?:0|[1-9]\d*)$"))
    real = (tag + "float", re.compile(r"^[-+]?\d+\.\d+(?:[eE][-+]?\d+)?$"))
    word = (tag + "bool", re.compile(r"^(?:true|false)$"))
    nothing = (tag + "null", re.compile(r"^(?:~|null|)$"))
    table = {first: [date, whole, real] for first in "0123456789-+"}
    return {**table, "t": [word], "f": [word], "n": [nothing], "~": [nothing], "": [nothing]}


def _date(_loader: Any, node: Any) -> dt.date:
    """A day that there is."""
    import yaml

    try:
        return dt.date.fromisoformat(node.value)
    except ValueError:
        raise yaml.MarkedYAMLError(problem=f"`{node.value}` is no date", problem_mark=node.start_mark) from None


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    """A mapping with text keys, each once."""
    import yaml

    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.MarkedYAMLError(problem=f"key `{key}` is not text", problem_mark=key_node.start_mark)
        if key in result:
            raise yaml.MarkedYAMLError(problem=f"key `{key}` stands twice", problem_mark=key_node.start_mark)
        result[key] = loader.construct_object(value_node, deep=True)
    return result
