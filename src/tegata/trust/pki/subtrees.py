"""Name constraints: what an authority may name (RFC 5280 section 4.2.1.10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509

from tegata.trust.pki.certificate import Certificate
from tegata.trust.pki.names import canonical

_MAX_COMPARISONS: Final = 65_536  # names times constraints: a certificate may bring many of both


@dataclass(frozen=True)
class Subtrees:
    """What has been permitted and excluded on the way from the anchor."""

    permitted: tuple[tuple[x509.GeneralName, ...], ...] = ()  # one for each certificate that permits: all must agree
    excluded: tuple[x509.GeneralName, ...] = ()

    def narrowed(self, certificate: Certificate) -> Subtrees:
        """With the constraints of one more authority (section 6.1.4 g)."""
        stated = certificate.extension(x509.NameConstraints)
        if stated is None:
            return self
        permitted, excluded = tuple(stated.permitted_subtrees or ()), tuple(stated.excluded_subtrees or ())
        return Subtrees((*self.permitted, permitted) if permitted else self.permitted, self.excluded + excluded)

    def offence(self, names: Sequence[x509.GeneralName]) -> str:
        """The first name that is not allowed, as text; empty when all are."""
        if len(names) * (sum(map(len, self.permitted)) + len(self.excluded)) > _MAX_COMPARISONS:
            return f"{len(names)} names under more constraints than can be compared"
        return next((_told(name) for name in names if not self._allows(name)), "")

    def _allows(self, name: x509.GeneralName) -> bool:
        every = [tree for trees in (*self.permitted, self.excluded) for tree in _of_kind(name, trees)]
        if every and (_unclear(name, "*.") or any(_unclear(tree, ".") for tree in every)):
            return False  # another reader may see another name
        if any(_excludes(name, tree) for tree in _of_kind(name, self.excluded)):
            return False
        lists = (_of_kind(name, trees) for trees in self.permitted)
        return all(any(_within(name, tree) for tree in trees) for trees in lists if trees)


def _of_kind(name: x509.GeneralName, trees: Sequence[x509.GeneralName]) -> list[x509.GeneralName]:
    return [tree for tree in trees if type(tree) is type(name)]


def _unclear(name: x509.GeneralName, prefix: str) -> bool:
    """A mail address of which it is not clear where its host begins, a host of which a part is empty."""
    if isinstance(name, x509.RFC822Name):
        return name.value.count("@") > 1
    return isinstance(name, x509.DNSName) and "" in name.value.removeprefix(prefix).split(".")[:-1]


def _told(name: x509.GeneralName) -> str:
    value = name.value
    text = value.rfc4514_string() if isinstance(value, x509.Name) else str(value)
    return "".join(letter if letter.isprintable() and letter != "`" else "?" for letter in text[:80])


def _excludes(name: x509.GeneralName, tree: x509.GeneralName) -> bool:
    """A name that cannot be judged, and a wildcard that reaches into what is excluded, are excluded too."""
    if isinstance(name, x509.DNSName) and name.value.startswith("*."):
        return _host(name.value[2:], tree.value) or tree.value.lower().endswith(name.value[1:].lower())
    if isinstance(name, x509.UniformResourceIdentifier) and not _uri_host(name.value):
        return True
    return type(name) not in _MATCHES or _within(name, tree)


def _within(name: x509.GeneralName, tree: x509.GeneralName) -> bool:
    match = _MATCHES.get(type(name))
    return match is not None and match(name.value, tree.value)


def _directory(name: x509.Name, tree: x509.Name) -> bool:
    wanted = canonical(tree)
    return canonical(name)[: len(wanted)] == wanted


def _host(name: str, tree: str) -> bool:
    name, tree = name.lower(), tree.lower()
    return not tree or name == tree or name.endswith(tree if tree.startswith(".") else "." + tree)


def _exact_host(host: str, tree: str) -> bool:
    """For mail and URIs: a host stands for itself alone, `.example` for all that are below it."""
    host, tree = host.lower(), tree.lower()
    return host.endswith(tree) and host != tree if tree.startswith(".") else host == tree


def _mail(name: str, tree: str) -> bool:
    local, _, host = name.rpartition("@")
    if "@" not in tree:
        return _exact_host(host, tree)
    wanted_local, _, wanted_host = tree.rpartition("@")
    return local == wanted_local and host.lower() == wanted_host.lower()


def _uri_host(uri: str) -> str:
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


def _uri(name: str, tree: str) -> bool:
    host = _uri_host(name)
    return bool(host) and _exact_host(host, tree)


def _address(name: Any, tree: Any) -> bool:
    return bool(name.version == tree.version and name in tree)


_MATCHES: Final[dict[type[x509.GeneralName], Callable[[Any, Any], bool]]] = {
    x509.DirectoryName: _directory,
    x509.DNSName: _host,
    x509.RFC822Name: _mail,
    x509.UniformResourceIdentifier: _uri,
    x509.IPAddress: _address,
}
