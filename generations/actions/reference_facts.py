"""What is said about a reference beside its bytes: source, rights, licence, who is depicted, roles and tags; checked and compared."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict
from urllib.parse import urlsplit

from generations.catalog import roles
from generations.models import Reference, ReferenceLabel
from generations.models.rights_words import Known, Licence, Role
from sorahub.lib.errors import InvalidInput

LONGEST_TAG, MOST_TAGS, MOST_NAMES = 40, 20, 50
CC_DEEDS = {
    Licence.CC0: "https://creativecommons.org/publicdomain/zero/1.0/",
    Licence.CC_BY: "https://creativecommons.org/licenses/by/4.0/",
    Licence.CC_BY_SA: "https://creativecommons.org/licenses/by-sa/4.0/",
    Licence.CC_BY_ND: "https://creativecommons.org/licenses/by-nd/4.0/",
    Licence.CC_BY_NC: "https://creativecommons.org/licenses/by-nc/4.0/",
    Licence.CC_BY_NC_SA: "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    Licence.CC_BY_NC_ND: "https://creativecommons.org/licenses/by-nc-nd/4.0/",
}
"""Where each Creative Commons licence can be read in its newest version; an older one's address is given by the person."""
NAMES_ITS_AUTHOR = {*CC_DEEDS} - {Licence.CC0}
COLUMNS = (
    "source", "rights", "licence", "licence_number", "licence_url", "licensed_until", "credit", "ai_use", "depicts", "depicted",
)  # fmt: skip
LABELS = {"roles": ReferenceLabel.Kind.ROLE, "tags": ReferenceLabel.Kind.TAG}
NEEDED = {"source": "Say where this file comes from.", "rights": "Say under which right it is used."}


class More(TypedDict, total=False):
    """What may be said beside source and rights. ``depicted``: a name to a line; ``roles``: values of Role."""

    licence: str
    licence_number: str
    licence_url: str
    licensed_until: dt.date | None
    credit: str
    ai_use: str
    depicts: str
    depicted: str
    roles: Sequence[str]
    tags: Sequence[str]


class Facts(More, total=False):
    """Everything that may be said; what is left out stays as it is."""

    source: str
    rights: str


def apply(reference: Reference, facts: Mapping[str, Any]) -> None:
    """Put the columns' facts on the row, tidied. Raises InvalidInput with every problem, by field; nothing is saved."""
    for name in COLUMNS:
        if name in facts:
            value = facts[name]
            setattr(reference, name, value.strip() if isinstance(value, str) else value)
    if not reference.licence_url or reference.licence_url in CC_DEEDS.values():  # not that of the licence before
        reference.licence_url = CC_DEEDS.get(Licence(reference.licence), "") if reference.licence in Licence else ""
    if reference.names and reference.depicts == Known.UNKNOWN:
        reference.depicts = Known.YES
    wrong = {**_about_words(reference), **_about_licence(reference), **_about_labels(reference.kind, facts)}
    if wrong:
        raise InvalidInput(" ".join(wrong.values()), fields=wrong)


def judge(facts: Mapping[str, Any]) -> None:
    """Raise InvalidInput with every problem that can be told before the file is known: all but whether its kind can play the roles."""
    apply(Reference(), facts)


def labels_of(reference: Reference) -> dict[str, list[str]]:
    """Return the row's roles and tags."""
    found: dict[str, list[str]] = {"roles": [], "tags": []}
    for label in reference.labels.all():
        found["roles" if label.kind == ReferenceLabel.Kind.ROLE else "tags"].append(label.word)
    return found


def write_labels(reference: Reference, facts: Mapping[str, Any]) -> None:
    """Make the row's roles and tags those of ``facts``, as far as it names them. Inside the caller's transaction."""
    for name, kind in LABELS.items():
        if name in facts:
            reference.labels.filter(kind=kind).delete()
            words = [ReferenceLabel(reference=reference, kind=kind, word=word) for word in tidy(facts[name])]
            ReferenceLabel.objects.bulk_create(words)


def told(reference: Reference) -> dict[str, Any]:
    """Return everything that is said, as JSON: what changes are compared by, and what goes along to another project."""
    return {**columns(reference), **labels_of(reference)}


def columns(reference: Reference) -> dict[str, Any]:
    """Return the same without roles and tags."""
    until = reference.licensed_until
    said = {name: getattr(reference, name) for name in COLUMNS}
    return {**said, "licensed_until": until.isoformat() if until else None}


def fitting(said: Sequence[str], kind: str) -> list[str]:
    """Return those roles that files of this kind can play."""
    return [each for each in said if each in roles.KINDS[kind]]


def tidy(words: Sequence[str]) -> list[str]:
    """Return each word once, without outer blanks."""
    return list(dict.fromkeys(" ".join(word.split()) for word in words if word.strip()))


def _about_words(reference: Reference) -> dict[str, str]:
    found = {name: words for name, words in NEEDED.items() if not getattr(reference, name)}
    for name in ("source", "licence_number", "credit", "licence_url"):
        most = getattr(reference._meta.get_field(name), "max_length", None) or 0
        if len(getattr(reference, name)) > most:
            found[name] = f"At most {most} characters."
    if len(reference.names) > MOST_NAMES or any(len(name) > 200 for name in reference.names):
        found["depicted"] = f"At most {MOST_NAMES} names of at most 200 characters."
    if reference.names and reference.depicts == Known.NO:
        found["depicts"] = "You name somebody below; then real persons can be seen or heard."
    return found


def _about_licence(reference: Reference) -> dict[str, str]:
    found = {
        name: f"One of: {', '.join(choices)}."
        for name, choices in {"licence": Licence.values, "ai_use": Known.values, "depicts": Known.values}.items()
        if getattr(reference, name) not in choices
    }
    if reference.licence == Licence.STOCK and not reference.licence_number:
        found["licence_number"] = "Give the number of the stock licence: without it nobody can prove it."
    if reference.licence in NAMES_ITS_AUTHOR and not reference.credit:
        found["credit"] = "This licence asks for its author to be named: write the line."
    if reference.licence_url and urlsplit(reference.licence_url).scheme not in {"http", "https"}:
        found["licence_url"] = "An address that begins with https://."
    return found


def _about_labels(kind: str, facts: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    unfit = [
        Role(each).label.lower()
        for each in facts.get("roles", ())
        if each in Role and kind and each not in roles.KINDS[kind]
    ]
    if unknown := [each for each in facts.get("roles", ()) if each not in Role]:
        found["roles"] = f"Not a role: {', '.join(unknown)}; known: {', '.join(Role.values)}."
    elif unfit:
        found["roles"] = f"A {'sound' if kind == 'audio' else kind} cannot serve as {', '.join(unfit)}."
    tags = tidy(facts.get("tags", ()))
    if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
        found["tags"] = f"At most {MOST_TAGS} tags of at most {LONGEST_TAG} characters."
    return found
