"""What search is narrowed by: what was chosen among the facets, and what was typed as ``name:value``."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import cast
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from generations.models import Project
from reviews.actions.searching import approval, tags
from reviews.models import CustomField, CustomValue, Findable
from reviews.models.finding import SearchEntryQuerySet
from reviews.rules import search_query
from reviews.rules.search_query import Filter
from reviews.rules.stages import STANDS
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind
from sorahub.lib.errors import InvalidInput

SHAPES = {
    "landscape": Q(width__gt=F("height")),
    "portrait": Q(width__lt=F("height")),
    "square": Q(width=F("height"), width__gt=0),
}
STATES = (
    "open", "resolved", "archived", "withdrawn", "quarantined",
    "waiting", "unanswered", "done", "failed", "cancelled", "expired", "lost",
)  # fmt: skip
"""Of notes; of projects, references and clips; of generations."""
FOR_GUESTS = ("kind", "is")
"""What guests may narrow by. Anything else would tell them of what they are not shown."""
Condition = Callable[[User, str, str], Q]


@dataclass(frozen=True)
class Narrowing:
    """What was chosen beside the words. Ids are matched as they are: they tell nothing about rows that one may not see."""

    kind: str = ""
    project: UUID | None = None
    client: UUID | None = None
    person: UUID | None = None
    model: str = ""
    state: str = ""
    review: str = ""
    shape: str = ""
    size: str = ""
    tag: UUID | str = ""
    after: date | None = None
    before: date | None = None
    fields: tuple[tuple[UUID, str], ...] = ()

    def own_keys(self, user: User) -> set[str]:
        """The keys of the clients' fields that this person may filter by."""
        return set(CustomField.objects.visible_to(user).filter(archived_at=None).values_list("key", flat=True))

    def conditions(self, user: User) -> Iterable[Q]:
        """What each choice asks of an entry; guests' choices are as few as their typed filters."""
        if self.kind:
            yield Q(kind=self.kind)
        if self.state:
            yield _state(user, self.state)
        if user.kind != Kind.GUEST:
            yield from self._inside(user)

    def _inside(self, user: User) -> Iterable[Q]:
        if self.after:
            yield Q(at__gte=_moment(self.after))
        if self.before:
            yield Q(at__lt=_moment(self.before))
        if self.project:
            yield Q(project_id=self.project)
        if self.client:
            yield Q(project_id__in=_projects(user, Q(client=self.client)))
        if self.person:
            yield Q(author_id=self.person)
        if self.model:
            yield Q(model=self.model)
        if self.review in STANDS:
            yield approval.standing(user, self.review)
        if self.shape in SHAPES:
            yield SHAPES[self.shape]
        if self.size:
            yield _size(user, "size", self.size)
        if self.tag:
            yield tags.chosen(user, str(self.tag))
        for field, value in self.fields:
            yield _valued(CustomField.objects.visible_to(user).filter(pk=field), "", value)


def narrowed(rows: SearchEntryQuerySet, user: User, chosen: Narrowing, typed: Iterable[Filter]) -> SearchEntryQuerySet:
    """Return the entries that are left. Raises InvalidInput for a value that makes no sense."""
    for condition in chosen.conditions(user):
        rows = rows.filter(condition)
    for each in typed:
        if user.kind == Kind.GUEST and each.name not in FOR_GUESTS:
            raise InvalidInput(
                f"Here you can narrow by {', '.join(FOR_GUESTS)}.",
                code="bad-query",
                fields={"q": f"Not “{each.name}:”."},
            )
        condition = TYPED.get(each.name, _own_field)(user, each.name, each.value)
        rows = rows.exclude(condition) if each.without else rows.filter(condition)
    return rows


def _projects(user: User, which: Q) -> list[UUID]:
    return list(Project.objects.visible_to(user).filter(which).values_list("pk", flat=True))


def _kind(user: User, name: str, value: str) -> Q:
    said = value.lower()
    known = {kind.value: kind for kind in Findable} | {f"{kind.value}s": kind for kind in Findable}
    if said not in known:
        raise _unknown(name, value, [kind.value for kind in Findable])
    return Q(kind=known[said])


def _project(user: User, name: str, value: str) -> Q:
    return Q(project_id__in=_projects(user, Q(code__iexact=value) | Q(name__iexact=value)))


def _client(user: User, name: str, value: str) -> Q:
    clients = Client.objects.visible_to(user).filter(name__icontains=value).values_list("pk", flat=True)
    return Q(project_id__in=_projects(user, Q(client__in=list(clients))))


def _model(user: User, name: str, value: str) -> Q:
    return Q(model__istartswith=value)


def _by(user: User, name: str, value: str) -> Q:
    if value.lower() == "me":
        return Q(author_id=user.pk)
    people = User.objects.filter(Q(person__name__icontains=value) | Q(email__iexact=value))
    return Q(author_id__in=list(people.values_list("pk", flat=True)[:200]))


def _is(user: User, name: str, value: str) -> Q:
    if value.lower() not in STATES:
        raise _unknown(name, value, STATES)
    return _state(user, value.lower())


def _state(user: User, state: str) -> Q:
    """Guests are told of a note's state, not of a clip's."""
    return Q(state=state, kind=Findable.NOTE) if user.kind == Kind.GUEST else Q(state=state)


def _review(user: User, name: str, value: str) -> Q:
    if value.lower() not in STANDS:
        raise _unknown(name, value, STANDS)
    return approval.standing(user, value.lower())


def _shape(user: User, name: str, value: str) -> Q:
    if value.lower() not in SHAPES:
        raise _unknown(name, value, SHAPES)
    return SHAPES[value.lower()]


def _size(user: User, name: str, value: str) -> Q:
    width, _, height = value.lower().replace("×", "x").partition("x")
    if not (width.isdecimal() and height.isdecimal() and len(value) < 12):
        raise InvalidInput(
            f"“{name}:{value}” is no size. Write it as size:1280x720.", code="bad-query", fields={"q": "No size."}
        )
    return Q(width=int(width), height=int(height))


EARLIEST, LATEST = date(1000, 1, 1), date(9000, 1, 1)


def _after(user: User, name: str, value: str) -> Q:
    return Q(at__gte=_moment(search_query.day(value, name)))


def _before(user: User, name: str, value: str) -> Q:
    return Q(at__lt=_moment(search_query.day(value, name)))


def _moment(day: date) -> datetime:
    """When the day begins; what lies before all that can be here begins with it, so that no zone leads out of the calendar."""
    return timezone.make_aware(datetime.combine(min(max(day, EARLIEST), LATEST), time.min))


def _tag(user: User, name: str, value: str) -> Q:
    return tags.typed(user, value)


def _own_field(user: User, name: str, value: str) -> Q:
    fields = CustomField.objects.visible_to(user).filter(key=name, archived_at=None)
    operator = next((sign for sign in (">=", "<=", ">", "<") if value.startswith(sign)), "")
    return _valued(fields, operator, value.removeprefix(operator))


def _valued(fields: object, operator: str, value: str) -> Q:
    known = list(cast("Iterable[CustomField]", fields))
    lookups = {"": "", ">": "__gt", "<": "__lt", ">=": "__gte", "<=": "__lte"}
    wanted = Q(pk=None)
    for each in known:
        if each.sort == CustomField.Sort.NUMBER:
            wanted |= Q(field=each, **{f"number{lookups[operator]}": _number(each.key, value)})
        elif each.sort == CustomField.Sort.TEXT:
            wanted |= Q(field=each, text__icontains=value)
        elif operator and each.sort == CustomField.Sort.DATE:
            wanted |= Q(field=each, **{f"text{lookups[operator]}": search_query.day(value, each.key).isoformat()})
        else:
            wanted |= Q(field=each, text__iexact=value)
    return Q(object_id__in=CustomValue.objects.filter(wanted).values("object_id"))


def _number(name: str, value: str) -> Decimal:
    try:
        number = Decimal(value)
        if not number.is_finite():
            raise InvalidOperation
        return number
    except InvalidOperation:
        raise InvalidInput(
            f"“{name}:{value}”: that field holds numbers.", code="bad-query", fields={"q": "Not a number."}
        ) from None


def _unknown(name: str, value: str, known: Iterable[str]) -> InvalidInput:
    words = f"“{name}:{value}” is not known. Choose one of: {', '.join(known)}."
    return InvalidInput(words, code="bad-query", fields={"q": words})


TYPED: dict[str, Condition] = {
    "kind": _kind, "project": _project, "client": _client, "model": _model, "by": _by, "is": _is, "review": _review, "tag": _tag,
    "shape": _shape, "size": _size, "after": _after, "before": _before,
}  # fmt: skip
