"""Erase a person: what names them goes, what they did stays, under an id that leads to nobody."""

import json
from collections.abc import Iterator

from django.apps import apps
from django.db import transaction

from sorahub.accounts.models import ApiToken, Person, User
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.ledger.models import Event
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict

TOMBSTONE = "Erased person"
LOGINS = frozenset({"account", "mfa", "socialaccount"})
"""The log-in library's apps: their rows name a person's addresses, devices and accounts elsewhere."""


def erase_person(*, actor: User, person: Person) -> int:
    """Put a tombstone in the place of a person's name and addresses, close their accounts, and delete the words that the ledger
    conceals about them; say how many. The ledger's chain stays whole, and tells of the erasure.

    What others must be able to prove stays as it was signed: a sign-off's payload names its signer (GDPR, Article 17 (3) (e)).
    Raises Forbidden, Conflict for oneself.
    """
    actor.demand(Permission.MANAGE_PEOPLE)
    if actor.person_id == person.pk:
        raise Conflict("You cannot erase yourself: ask another administrator.")
    with transaction.atomic():
        accounts = list(User.objects.select_for_update().filter(person=person).order_by("pk"))
        Person.objects.filter(pk=person.pk).update(name=TOMBSTONE)
        for account in accounts:
            _close(account)
        erased = sum(record.erase(words) for words in _concealed(accounts))
        body: dict[str, Json] = {"accounts": [str(account.pk) for account in accounts], "words": erased}
        record.append(kind="person.erased", actor=actor.pk, client=None, subject=person, body=body)
    return erased


def _close(account: User) -> None:
    account.email = f"erased-{account.pk}@erased.invalid"
    account.is_active = account.is_staff = account.is_superuser = False
    account.preferences, account.last_login = {}, None
    account.set_unusable_password()
    account.save()
    ApiToken.objects.filter(user=account).delete()
    for model in apps.get_models():
        if model._meta.app_label in LOGINS and any(field.name == "user" for field in model._meta.fields):
            model._base_manager.filter(user=account).delete()


def _concealed(accounts: list[User]) -> Iterator[str]:
    """What the ledger conceals in events about these accounts: names and addresses, then and later."""
    about = Event.objects.filter(subject_type=User._meta.label_lower, subject_id__in=[each.pk for each in accounts])
    for body in about.values_list("body", flat=True):
        yield from (value for value in json.loads(body).values() if str(value).startswith("sha256:"))
