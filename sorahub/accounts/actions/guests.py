"""Give a client's person an account, so that a review can be put before them."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from sorahub.accounts.models import Person, User
from sorahub.accounts.roles import Kind, Permission
from sorahub.ledger import record
from sorahub.lib.errors import InvalidInput

LONGEST_NAME = 200


def admit_guest(*, actor: User, email: str, name: str = "", permission: Permission = Permission.SEND_REVIEW) -> User:
    """Return the guest's account with this address; a new one has no password and is called ``name`` or by its address.

    A guest who is known keeps their name. Whoever may send reviews (or do what ``permission`` says, for whose sake the guest
    comes in) may do this: it makes guests and nothing else.
    Raises Forbidden, InvalidInput for what is no address, belongs to somebody of the agency, or was deactivated.
    """
    actor.demand(permission)
    address, known = _looked_up(email)
    if known is not None:
        return known
    with transaction.atomic():
        person = Person.objects.create(name=(name.strip() or address)[:LONGEST_NAME])
        guest = User.objects.create_user(address, None, person=person, kind=Kind.GUEST, time_zone=actor.time_zone)
        body = {
            "kind": str(Kind.GUEST),
            "person": str(person.pk),
            "name": record.conceal(person.name),
            "email": record.conceal(address),
        }
        record.append(kind="person.added", actor=actor.pk, client=None, subject=guest, body=body)
    return guest


def check_guest(email: str) -> None:
    """Raise InvalidInput for an address that ``admit_guest`` would refuse; nothing is written."""
    _looked_up(email)


def _looked_up(email: str) -> tuple[str, User | None]:
    address = _checked(email)
    known = User.objects.filter(email=address).select_related("person").first()
    return address, _usable(known) if known is not None else None


def _checked(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise _wrong(f"“{address}” is not an e-mail address.") from error
    return address


def _usable(known: User) -> User:
    if known.kind != Kind.GUEST:
        raise _wrong(
            f"{known.email} belongs to an account of the agency: choose its person among the project's people."
        )
    if not known.is_active:
        raise _wrong(f"{known.email} was deactivated: an administrator decides whether it comes back.")
    return known


def _wrong(words: str) -> InvalidInput:
    return InvalidInput(words, fields={"guests": words})
