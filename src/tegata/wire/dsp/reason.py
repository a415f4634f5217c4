"""The `reason` array of terminations and errors: sentences for people, language-tagged (JSON-LD 1.1 section 4.2.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tegata.model.base import Text


def reason_terms(reasons: Iterable[Text]) -> tuple[dict[str, str], ...]:
    """Each sentence in English and Japanese, in this order."""
    return tuple(
        {"@value": said, "@language": language}
        for text in reasons
        for language, said in (("en", text.en), ("ja", text.ja))
    )


def read_reasons(terms: Iterable[Any]) -> tuple[Text, ...]:
    """Sentences of a peer. Ours come in pairs; a plain string, or anything else, reads the same in both languages."""
    said = [_tagged(term) for term in terms]
    reasons: list[Text] = []
    while said:
        language, text = said.pop(0)
        if language == "en" and said and said[0][0] == "ja":
            reasons.append(Text(en=text, ja=said.pop(0)[1]))
        else:
            reasons.append(Text(en=text, ja=text))
    return tuple(reasons)


def _tagged(term: Any) -> tuple[str, str]:
    if isinstance(term, dict) and isinstance(term.get("@value"), str):
        return str(term.get("@language", "")), term["@value"]
    return "", term if isinstance(term, str) else str(term)
