"""In what two versions of a licence record differ, in words. Pure."""

from collections.abc import Mapping
from typing import Any

_WORDS = {
    "clip": "the clip",
    "governing_set": "the governing set of terms",
    "uses": "uses",
    "purposes": "purposes",
    "product": "product",
    "category": "category of the product",
    "territories": "territories",
    "starts_at": "beginning of the term",
    "ends_at": "end of the term",
    "time_zone": "time zone of the term",
    "exclusive": "exclusivity",
    "alterations": "alterations",
    "restrictions": "restrictions",
    "disclosure": "how viewers are told",
    "disclosures": "duties of disclosure",
    "none_depicted": "the declaration that nothing real can be recognised",
    "depicted": "what can be recognised",
    "depictions": "what can be recognised",
    "releases": "releases",
    "checklist": "the checklist",
    "answers": "answers to the checklist",
    "authorship": "human authorship",
    "client": "the client",
}
_FINDINGS = {"ownership": "ownership", "commercial_use": "commercial use", "indemnity": "indemnity"}


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of what the later version says otherwise, in the order of the record; both as their canonical value."""
    found = [words for name, words in _WORDS.items() if before.get(name) != after.get(name)]
    old, new = before.get("findings", {}), after.get("findings", {})
    found.extend(f"the finding on {words}" for name, words in _FINDINGS.items() if old.get(name) != new.get(name))
    return list(dict.fromkeys(found))
