"""Fields of a client's own: define them, and say what they are of a clip or a shot."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from reviews.actions import things
from reviews.models import CustomField, CustomValue
from reviews.rules.search_query import FIELDS
from sorahub.accounts.models import Client, User
from sorahub.lib.errors import Conflict, InvalidInput, NotFound

LONGEST_TEXT, MOST_CHOICES = 500, 50
SAID = {"true": "yes", "1": "yes", "on": "yes", "yes": "yes", "false": "no", "0": "no", "no": "no"}


def define_field(
    *, actor: User, client: Client, on: str, name: str, sort: str, choices: Sequence[str] = ()
) -> CustomField:
    """Give a client's clips or shots a field. Raises Forbidden, NotFound, InvalidInput, and Conflict for a name that is taken."""
    things.require_keeper(actor)
    if not Client.objects.visible_to(actor).filter(pk=client.pk).exists():
        raise NotFound("There is no such client.")
    said, key, offered = _checked(on, name, sort, choices)
    position = CustomField.objects.filter(client=client, on=on).count()
    try:
        with transaction.atomic():
            return CustomField.objects.create(
                client=client,
                on=on,
                name=said,
                key=key,
                sort=sort,
                choices=offered,
                position=position,
                created_by=actor,
            )
    except IntegrityError:
        words = f"This client has a field “{said}” already, perhaps an archived one."
        raise Conflict(words, code="field-exists", fields={"name": words}) from None


def change_field(*, actor: User, field: CustomField, name: str, choices: Sequence[str] = ()) -> CustomField:
    """Rename a field, or offer other choices; its key, and what was said, stay. Raises Forbidden, NotFound, InvalidInput."""
    things.require_keeper(actor)
    _require_seen(actor, field)
    said, _, offered = _checked(field.on, name, field.sort, choices)
    CustomField.objects.filter(pk=field.pk).update(name=said, choices=offered)
    field.refresh_from_db()
    return field


def archive_field(*, actor: User, field: CustomField) -> CustomField:
    """Ask for it no more; what was said is kept. Raises Forbidden, NotFound."""
    things.require_keeper(actor)
    _require_seen(actor, field)
    CustomField.objects.filter(pk=field.pk, archived_at=None).update(archived_at=timezone.now())
    field.refresh_from_db()
    return field


def restore_field(*, actor: User, field: CustomField) -> CustomField:
    """Ask for it again. Raises Forbidden, NotFound."""
    things.require_keeper(actor)
    _require_seen(actor, field)
    CustomField.objects.filter(pk=field.pk).update(archived_at=None)
    field.refresh_from_db()
    return field


def set_values(*, actor: User, kind: str, pk: UUID, values: Mapping[UUID, str]) -> list[CustomValue]:
    """Say what fields are of one clip or shot, all or none; an empty text takes a value away. Returns what is said of it then.

    What is said already stays as it was said, by whom and when: a choice that is offered no more, too.

    Raises Forbidden, NotFound, Conflict for an archived project, and InvalidInput that names each field (by its id) that is wrong.
    """
    things.require_colleague(actor)
    project = things.projects_of(actor, [(kind, pk)])[kind, pk]
    fields = {
        field.pk: field for field in CustomField.objects.filter(client=project.client_id, on=kind, archived_at=None)
    }
    if unknown := set(values) - set(fields):
        raise NotFound(f"There is no such field: {', '.join(sorted(map(str, unknown)))}.")
    standing = dict(CustomValue.objects.filter(object_id=pk, field__in=fields).values_list("field", "text"))
    problems, said = {}, {}
    for field, text in values.items():
        if text.strip() == standing.get(field, ""):
            continue
        try:
            said[field] = value_of(fields[field], text)
        except InvalidInput as error:
            problems[str(field)] = error.message
    if problems:
        raise InvalidInput("Some of the values are not right.", fields=problems)
    with transaction.atomic():
        CustomValue.objects.filter(object_id=pk, field__in=[field for field, text in said.items() if not text]).delete()
        for field, text in said.items():
            if text:
                number = Decimal(text) if fields[field].sort == CustomField.Sort.NUMBER else None
                defaults = {"text": text, "number": number, "set_by": actor, "set_at": timezone.now()}
                CustomValue.objects.update_or_create(field=fields[field], object_id=pk, defaults=defaults)
    return list(CustomValue.objects.filter(object_id=pk, field__in=fields).select_related("field"))


def value_of(field: CustomField, text: str) -> str:
    """Return a value in the one form in which its sort is kept; empty for none. Raises InvalidInput."""
    said = text.replace("\0", "").strip()
    if not said:
        return ""
    if field.sort == CustomField.Sort.NUMBER:
        return _number(said)
    if field.sort == CustomField.Sort.DATE:
        return _date(said)
    if field.sort == CustomField.Sort.YES_NO:
        return _one_of(SAID.get(said.lower(), ""), ["yes", "no"])
    if field.sort == CustomField.Sort.CHOICE:
        return _one_of(said, field.choices)
    if len(said) > LONGEST_TEXT:
        raise InvalidInput(f"At most {LONGEST_TEXT} characters.")
    return said


def _number(said: str) -> str:
    try:
        number = Decimal(said)
        if not number.is_finite() or abs(number) >= 10**14 or number != round(number, 6):
            raise InvalidOperation
    except InvalidOperation:
        raise InvalidInput("Write a number, such as 12 or 3.5, with at most six decimals.") from None
    return format(number.normalize(), "f")


def _date(said: str) -> str:
    try:
        return date.fromisoformat(said).isoformat()
    except ValueError:
        raise InvalidInput("Write a day, such as 2026-11-01.") from None


def _one_of(said: str, known: Sequence[str]) -> str:
    if said not in known:
        raise InvalidInput(f"Choose one of: {', '.join(known)}.")
    return said


def _checked(on: str, name: str, sort: str, choices: Sequence[str]) -> tuple[str, str, list[str]]:
    said = " ".join(name.replace("\0", " ").split())
    key = slugify(said)
    offered = list(dict.fromkeys(" ".join(choice.replace("\0", " ").split()) for choice in choices if choice.strip()))
    problems = {}
    if not key[:1].isalpha() or len(said) > 50 or key in FIELDS:
        problems["name"] = (
            "A field's name begins with a letter, is at most 50 characters long, and is none of search's own filters."
        )
    if on not in CustomField.On.values:
        problems["on"] = f"Choose one of: {', '.join(CustomField.On.values)}."
    if sort not in CustomField.Sort.values:
        problems["sort"] = f"Choose one of: {', '.join(CustomField.Sort.values)}."
    if sort == CustomField.Sort.CHOICE and not 1 < len(offered) <= MOST_CHOICES:
        problems["choices"] = f"Offer between 2 and {MOST_CHOICES} choices."
    if any(len(choice) > 100 for choice in offered):
        problems["choices"] = "A choice is at most 100 characters long."
    if problems:
        raise InvalidInput("The field is not right yet.", fields=problems)
    return said, key, offered if sort == CustomField.Sort.CHOICE else []


def _require_seen(actor: User, field: CustomField) -> None:
    if not CustomField.objects.visible_to(actor).filter(pk=field.pk).exists():
        raise NotFound("There is no such field.")
