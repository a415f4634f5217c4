"""One place for each danger (design, section 2): which module may do what, held by reading the source of each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "tegata"
MODULES = sorted(str(file.relative_to(SOURCE)) for file in SOURCE.rglob("*.py"))

# What is forbidden, where it is allowed, and the single modules elsewhere that have a reason.
RULES: dict[str, tuple[str, tuple[str, ...]]] = {
    "connections": (
        r"(socket|ssl|http\.client|urllib\.request|urllib3|httpx2|httpcore2|anyio|ftplib|smtplib|telnetlib)(\.|$)"
        r"|asyncio\.(open_connection|open_unix_connection)$|.*\.(create_connection|create_datagram_endpoint)$",
        (
            "outbound/",
            "cli/client.py",  # speaks to the operator's own node, at the address in its folder
            "demo/nodes.py",  # binds to find a free port
            "node/run.py",  # listens
        ),
    ),
    "time": (
        r"time\.(time|time_ns|localtime|gmtime|ctime)$|(datetime|date|dt)(\.datetime|\.date)?\.(now|utcnow|today)$",
        ("clock.py",),
    ),
    "SQL": (
        r"(apsw|sqlite3|asyncpg|duckdb)(\.|$)",
        (
            "store/",
            "vault/",
            "demo/postal.py",  # reads the file of a package
            "tables/sqlite.py",  # these three read data sets
            "tables/duckdb.py",
            "tables/postgres.py",
        ),
    ),
    "private keys": (r"(?!tegata\.trust\.).*PrivateKey$|.*\.?load_(pem|der|ssh)_private_key$", ("trust/",)),
    "randomness": (
        r"(random|secrets)(\.|$)|os\.urandom$|uuid\.uuid[14]$",
        (
            "tables/seal.py",  # keys the tags of each pass
            "catalog/",
            "contracts/",
            "doors/",
            "exchange/",
            "store/store.py",  # names each opening
            "transfer/",
            "evidence/",
            "identity/",
            "api/",
            "node/",
            "cli/",
            "demo/",
        ),
    ),
    "code from data": (r"(eval|exec|compile|__import__)$|(pickle|marshal|shelve)(\.|$)", ()),
    "foreign code": (r"(ctypes|cffi)(\.|$)", ("clock.py",)),  # asks the kernel what keeps the clock right
    "processes": (r"subprocess(\.|$)|os\.(system|popen|fork|exec\w*|spawn\w*)$", ("demo/",)),
}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((SOURCE / module).read_text("utf-8"))


def names(module: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that is imported, called or reached into."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Attribute):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.lineno, node.func.id


def offences(rule: str, module: str) -> list[str]:
    pattern, allowed = RULES[rule]
    if module.startswith(allowed):
        return []
    return [f"{module}:{line} {name}" for line, name in names(module) if re.match(pattern, name)]


@pytest.mark.parametrize("rule", RULES)
def test_only_the_module_that_may_does(rule: str) -> None:
    assert [offence for module in MODULES for offence in offences(rule, module)] == []


@pytest.mark.parametrize("rule", [rule for rule in RULES if RULES[rule][1]])
def test_the_rule_sees_the_module_that_may(rule: str) -> None:
    """A rule that finds nothing where the thing is done would find nothing anywhere."""
    pattern, allowed = RULES[rule]
    for place in allowed[:1] if rule != "randomness" else ("catalog/",):
        found = [name for module in MODULES if module.startswith(place) for _, name in names(module)]
        assert any(re.match(pattern, name) for name in found)


def test_no_check_disappears_when_python_optimises() -> None:
    found = [
        f"{module}:{node.lineno}"
        for module in MODULES
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Assert)
    ]
    assert found == []


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{module}:{node.lineno} {node.name}"
        for module in MODULES
        for node in ast.walk(tree(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 50
    ]
    assert long == []


def test_no_file_is_longer_than_a_sitting() -> None:
    assert [module for module in MODULES if len((SOURCE / module).read_text("utf-8").splitlines()) > 350] == []


def test_sql_stands_in_files_of_its_own() -> None:
    """Transaction control is all that Python says to the database."""
    verbs = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP)\s", re.IGNORECASE)
    found = [
        f"{module}:{node.lineno}"
        for module in MODULES
        if module.startswith("store/")
        for node in ast.walk(tree(module))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and verbs.match(node.value)
    ]
    assert found == []


def test_every_decision_record_has_a_number_of_its_own() -> None:
    numbers = [file.name[:4] for file in (SOURCE.parents[1] / "docs" / "decisions").glob("0*.md")]
    assert len(numbers) > 90
    assert sorted(set(numbers)) == sorted(numbers)
