"""Tags as search knows them: those that a client's people put on things, and the words by which its library keeps references.

A word that is spelt as a tag of the same client is that tag here; any other is found by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from generations.models import ReferenceLabel
from reviews.models import Findable, Tag, Tagging
from reviews.rules import search_words
from sorahub.accounts.models import User
from sorahub.lib.ids import read_id


@dataclass(frozen=True)
class Borne:
    """A tag with how many things bear it. ``value``: its id, or the word where the client has no such tag."""

    value: str
    label: str
    count: int
    look: str


def typed(user: User, value: str) -> Q:
    """Things that bear a tag of this name, and references that are kept under this word."""
    key = search_words.words(value)
    labels = _labels(user).filter(word__in=_spellings(user, key))
    return _tagged(Tag.objects.visible_to(user).filter(key=key)) | _kept(labels)


def chosen(user: User, value: str) -> Q:
    """The same for a value of ``borne``: only what was counted for it."""
    pk = read_id(value)
    if pk is None:
        key = search_words.words(value)
        known = Tag.objects.visible_to(user).filter(key=key).values("client")
        labels = _labels(user).filter(word__in=_spellings(user, key))
        return _kept(labels.exclude(reference__project__client__in=known))
    tags = Tag.objects.visible_to(user).filter(pk=pk)
    found = tags.first()
    if found is None:
        return _tagged(tags)
    labels = _labels(user).filter(word__in=_spellings(user, found.key))
    return _tagged(tags) | _kept(labels.filter(reference__project__client=found.client_id))


def borne(user: User, found: Sequence[tuple[str, UUID]]) -> list[Borne]:
    """Return the tags that these things, by kind and id, bear, the commonest first."""
    things = [pk for kind, pk in found if kind in Tagging.KINDS]
    put = list(Tagging.objects.filter(object_id__in=things).values_list("tag", "object_id"))
    said = _said(user, [pk for kind, pk in found if kind == Findable.REFERENCE])
    alike = Q(client__in={client for client, *_ in said}, key__in={key for _, key, *_ in said})
    tags = list(Tag.objects.visible_to(user).filter(Q(pk__in={pk for pk, _ in put}) | alike))
    by_pk, by_key = {tag.pk: tag for tag in tags}, {(tag.client_id, tag.key): tag for tag in tags}
    bearing: dict[str, tuple[str, str, set[UUID]]] = {}

    def count(tag: Tag | None, key: str, word: str, thing: UUID) -> None:
        new = (tag.name, tag.look, set[UUID]()) if tag else (word, "", set[UUID]())
        bearing.setdefault(str(tag.pk) if tag else key, new)[2].add(thing)

    for pk, thing in put:
        if pk in by_pk:
            count(by_pk[pk], "", "", thing)
    for client, key, word, thing in said:
        count(by_key.get((client, key)), key, word, thing)
    told = [Borne(value, label, len(things), look) for value, (label, look, things) in bearing.items()]
    return sorted(told, key=lambda each: (-each.count, each.label.casefold()))


def _said(user: User, references: Sequence[UUID]) -> list[tuple[UUID, str, str, UUID]]:
    """Each word of these references: client, folded, as it is written, reference."""
    rows = _labels(user).filter(reference__in=references).order_by("pk") if references else _labels(user).none()
    values = rows.values_list("reference__project__client", "word", "reference")
    return [(client, key, word, pk) for client, word, pk in values if (key := search_words.words(word))]


def _labels(user: User) -> QuerySet[ReferenceLabel]:
    return ReferenceLabel.objects.visible_to(user).filter(kind=ReferenceLabel.Kind.TAG)


def _spellings(user: User, key: str) -> list[str]:
    """How this word is written in the library: words there keep their letters' case."""
    written = _labels(user).order_by().values_list("word", flat=True).distinct()
    return [word for word in written if search_words.words(word) == key]


def _tagged(tags: QuerySet[Tag]) -> Q:
    """Things that bear one of these tags: few enough to be named, in the databases' own way."""
    pks = list(tags.values_list("pk", flat=True))
    return Q(object_id__in=Tagging.objects.filter(tag__in=pks).values("object_id"))


def _kept(labels: QuerySet[ReferenceLabel]) -> Q:
    return Q(kind=Findable.REFERENCE, object_id__in=labels.values("reference_id"))
