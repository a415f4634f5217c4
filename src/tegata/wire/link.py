"""The `Link` header (RFC 8288, which replaces RFC 5988): addresses of what lies beside an answer, by their relation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

# link-value = "<" target ">" *( ";" parameter ); the quoted form of a value may hold commas and semicolons (section 3).
_PARAMETER: Final = r';\s*([^\s=;,"]+)(?:\s*=\s*(?:"([^"]*)"|([^\s;,"]*)))?'
_EACH_PARAMETER: Final = re.compile(_PARAMETER)
_EACH_LINK: Final = re.compile(rf"<([^>]*)>((?:\s*{_PARAMETER})*)")


def write_links(targets: Mapping[str, str]) -> str:
    """The value of the header for one address per relation. Addresses must be URLs, without `>`."""
    return ", ".join(f'<{target}>; rel="{relation}"' for relation, target in targets.items())


def read_links(header: str) -> dict[str, str]:
    """Addresses by relation in lower case, as they stand there: they may be relative. The first of a relation counts,
    as the first `rel` of a link does (section 3.3); what is no link is passed over."""
    found: dict[str, str] = {}
    for link in _EACH_LINK.finditer(header):
        parameters = _EACH_PARAMETER.findall(link[2])
        relations = next((quoted or plain for name, quoted, plain in parameters if name.lower() == "rel"), "")
        for relation in relations.lower().split():
            found.setdefault(relation, link[1])
    return found
