"""Add and deactivate accounts."""

import zoneinfo
from collections.abc import Mapping

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from sorahub.accounts import second_factors
from sorahub.accounts.models import Person, User
from sorahub.accounts.preferences import MAIL
from sorahub.accounts.roles import Kind, Permission
from sorahub.ledger import record
from sorahub.lib.errors import Conflict, InvalidInput, NotFound


def add_person(
    *,
    actor: User,
    name: str,
    email: str,
    kind: str,
    password: str | None = None,
    time_zone: str = "UTC",
    person: Person | None = None,
) -> User:
    """Add an account (and the person behind it, unless given). Without a password people log in by e-mailed code.

    Producers and administrators get the admin site. Raises Forbidden, InvalidInput, Conflict for a known address.
    """
    actor.demand(Permission.MANAGE_PEOPLE)
    address = _checked(name=name, email=email, kind=kind, password=password)
    with transaction.atomic():
        if User.objects.filter(email=address).exists():
            raise Conflict("There is already an account with this e-mail address.", fields={"email": "Already in use."})
        user = User.objects.create_user(
            address,
            password,
            person=person or Person.objects.create(name=name.strip()),
            kind=kind,
            time_zone=time_zone,
            is_staff=kind in {Kind.PRODUCER, Kind.ADMINISTRATOR},
            is_superuser=kind == Kind.ADMINISTRATOR,
        )
        body = {
            "kind": kind,
            "person": str(user.person_id),
            "name": record.conceal(name),
            "email": record.conceal(address),
        }
        record.append(kind="person.added", actor=actor.pk, client=None, subject=user, body=body)
    return user


def deactivate(*, actor: User, user: User) -> User:
    """Close an account: it can no longer log in; what it did stays. Raises Forbidden, Conflict for one's own account."""
    actor.demand(Permission.MANAGE_PEOPLE)
    if not User.objects.visible_to(actor).filter(pk=user.pk).exists():
        raise NotFound("There is no such account.")
    if user.pk == actor.pk:
        raise Conflict("You cannot close your own account; ask another administrator.")
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
            record.append(
                kind="person.deactivated", actor=actor.pk, client=None, subject=user, body={"kind": user.kind}
            )
    user.refresh_from_db()
    return user


def reset_second_factor(*, actor: User, user: User) -> int:
    """Take away the second factor of somebody who lost it: they log in without and set up a new one. Returns how many went.

    Raises Forbidden, Conflict for one's own, and where there is none.
    """
    actor.demand(Permission.MANAGE_PEOPLE)
    if not User.objects.visible_to(actor).filter(pk=user.pk).exists():
        raise NotFound("There is no such account.")
    if user.pk == actor.pk:
        raise Conflict("Change your own under Your account, or ask another administrator.")
    with transaction.atomic():
        gone = second_factors.take_away(user, by=actor)
        if not gone:
            raise Conflict("They have no second factor.")
    return gone


def change_own_profile(*, actor: User, name: str, time_zone: str) -> User:
    """Change one's own name and time zone. The name is the person's, hence that of all their accounts. Raises InvalidInput."""
    problems: dict[str, str] = {}
    if not name.strip():
        problems["name"] = "Give your name."
    if time_zone not in zoneinfo.available_timezones():
        problems["time_zone"] = "Choose a zone such as Europe/Berlin."
    if problems:
        raise InvalidInput("Some of the input is not right.", fields=problems)
    with transaction.atomic():
        Person.objects.filter(pk=actor.person_id).update(name=name.strip())
        User.objects.filter(pk=actor.pk).update(time_zone=time_zone)
        body = {"name": record.conceal(name.strip()), "time_zone": time_zone}
        record.append(kind="person.changed", actor=actor.pk, client=None, subject=actor, body=body)
    actor.refresh_from_db()
    return actor


def choose_mail(*, actor: User, about: Mapping[str, bool]) -> User:
    """Choose about what one is mailed, by the names in ``preferences.MAIL``; other choices stay. Raises InvalidInput."""
    unknown = sorted(set(about) - set(MAIL))
    if unknown:
        raise InvalidInput(f"No mail is sent about: {', '.join(unknown)}.")
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=actor.pk)
        before = row.preferences.get("mail")
        chosen = {**(before if isinstance(before, dict) else {}), **about}
        User.objects.filter(pk=actor.pk).update(preferences={**row.preferences, "mail": chosen})
    actor.refresh_from_db()
    return actor


def _checked(*, name: str, email: str, kind: str, password: str | None) -> str:
    address = email.strip().lower()
    problems: dict[str, str] = {}
    if not name.strip():
        problems["name"] = "Give the person's name."
    if kind not in Kind.values:
        problems["kind"] = f"Choose one of: {', '.join(Kind.values)}."
    try:
        validate_email(address)
    except ValidationError:
        problems["email"] = "This is not an e-mail address."
    try:
        if password is not None:
            validate_password(password)
    except ValidationError as error:
        problems["password"] = " ".join(error.messages)
    if problems:
        raise InvalidInput("Some of the input is not right.", fields=problems)
    return address
