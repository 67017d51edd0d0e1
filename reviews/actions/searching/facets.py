"""How many of what was found are of which kind, project, client, person …: counted over the matches that are counted at all."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from generations.models import Project
from reviews.actions.searching import approval, tags
from reviews.actions.searching.asking import Row
from reviews.models import CustomField, CustomValue, Findable, Tagging
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind

MOST_VALUES = 8
APPROVAL = {"approved": "Approved", "changes": "Changes requested", "open": "Open", "signed": "Signed off"}


@dataclass(frozen=True)
class Value:
    """A value with how many have it. ``value`` is what the query's parameter is given."""

    value: str
    label: str
    count: int
    look: str = ""


@dataclass(frozen=True)
class Facet:
    """A property with its commonest values. ``name`` is the query's parameter."""

    name: str
    label: str
    values: list[Value]


def facets(user: User, rows: Sequence[Row]) -> list[Facet]:
    """Return the facets of what was found, those with nothing to choose left out. Guests see kinds and states alone."""
    guest = user.kind == Kind.GUEST
    states = _plain(row.state for row in rows if row.kind == Findable.NOTE or not guest)
    told = [Facet("kind", "Kind", _kinds(rows)), Facet("state", "State", states)]
    if not guest:
        told += _inside(user, rows)
    return [facet for facet in told if facet.values]


def _inside(user: User, rows: Sequence[Row]) -> Iterator[Facet]:
    projects = Counter(row.project_id for row in rows if row.project_id)
    known = Project.objects.visible_to(user).filter(pk__in=projects).select_related("client")
    named = {project.pk: project for project in known}
    yield Facet("project", "Project", _top({(str(pk), named[pk].name): n for pk, n in projects.items() if pk in named}))
    clients: Counter[tuple[str, str]] = Counter()
    for pk, many in projects.items():
        if pk in named:
            clients[(str(named[pk].client_id), named[pk].client.name)] += many
    yield Facet("client", "Client", _top(clients))
    people = Counter(row.author_id for row in rows if row.author_id)
    names = {each.pk: str(each) for each in User.objects.filter(pk__in=people).select_related("person")}
    yield Facet("person", "By", _top({(str(pk), names[pk]): n for pk, n in people.items() if pk in names}))
    yield Facet(
        "model", "Model", _top({(name, name): n for name, n in Counter(row.model for row in rows if row.model).items()})
    )
    if clips := [row.object_id for row in rows if row.kind == Findable.CLIP]:
        stand = approval.counted(user, clips)
        yield Facet("review", "Approval", _top({(word, APPROVAL[word]): many for word, many in stand.items()}))
    yield Facet("shape", "Shape", _plain(_shape(row) for row in rows))
    sizes = Counter(f"{row.width}x{row.height}" for row in rows if row.width and row.height)
    yield Facet("size", "Picture size", _top({(size, size.replace("x", " × ")): many for size, many in sizes.items()}))
    things = [row.object_id for row in rows if row.kind in Tagging.KINDS]
    if things:
        tagged = tags.borne(user, [(row.kind, row.object_id) for row in rows])[:MOST_VALUES]
        yield Facet("tag", "Tag", [Value(each.value, each.label, each.count, each.look) for each in tagged])
        yield from _fields(user, things)


def _kinds(rows: Sequence[Row]) -> list[Value]:
    counted = Counter(row.kind for row in rows)
    return [Value(kind.value, kind.label, counted[kind.value]) for kind in Findable if counted[kind.value]]


def _plain(values: Iterable[str]) -> list[Value]:
    return _top({(value, value.capitalize()): many for value, many in Counter(filter(None, values)).items()})


def _shape(row: Row) -> str:
    if not row.width or not row.height:
        return ""
    return "landscape" if row.width > row.height else "portrait" if row.width < row.height else "square"


def _top(counted: "dict[tuple[str, str], int]") -> list[Value]:
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0][1].casefold()))
    return [Value(value, label, many) for (value, label), many in ordered[:MOST_VALUES]]


def _fields(user: User, things: list[UUID]) -> Iterator[Facet]:
    """Those of clients' fields that have few values: choices, and yes or no."""
    few = (CustomField.Sort.CHOICE, CustomField.Sort.YES_NO)
    fields = {field.pk: field for field in CustomField.objects.visible_to(user).filter(sort__in=few, archived_at=None)}
    if not fields:
        return
    said = CustomValue.objects.filter(object_id__in=things, field__in=fields).values_list("field", "text")
    counted: dict[Any, Counter[str]] = {}
    for pk, text in said:
        counted.setdefault(pk, Counter())[text] += 1
    for pk, values in counted.items():
        yield Facet(
            f"field-{pk}", fields[pk].name, _top({(text, text.capitalize()): many for text, many in values.items()})
        )
