"""Taxonomies as data: child -> parent."""

from __future__ import annotations

from collections.abc import Mapping


def depth(parents: Mapping[str, str]) -> int:
    """The most steps from a name to one without a parent.

    Raises:
        ValueError: with a name that is its own ancestor.
    """
    return max((_height(name, parents) for name in parents), default=0)


def _height(name: str, parents: Mapping[str, str]) -> int:
    passed = {name}
    at = name
    while at in parents:
        at = parents[at]
        if at in passed:
            raise ValueError(at)
        passed.add(at)
    return len(passed) - 1
