"""What clients see of the agency: its name, its logo, whom to ask, and its words on privacy."""

from hashlib import sha256

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from sorahub.accounts.models import AgencyProfile, User
from sorahub.accounts.models.agency import LARGEST_LOGO, ONLY
from sorahub.accounts.roles import Permission
from sorahub.ledger import record
from sorahub.lib import logos
from sorahub.lib.errors import InvalidInput

LONGEST_WORDS = 5_000


def set_agency_profile(
    *,
    actor: User,
    name: str,
    contact: str = "",
    privacy_words: str = "",
    logo: bytes | None = None,
    without_logo: bool = False,
) -> AgencyProfile:
    """Write the profile; a logo is made into a PNG of ours, and stays as it is when none is given. Raises Forbidden, InvalidInput."""
    actor.demand(Permission.MANAGE_PEOPLE)
    _check(name, contact, privacy_words)
    values: dict[str, object] = {
        "name": name.strip(), "contact": contact.strip(), "privacy_words": privacy_words.strip(), "changed_at": timezone.now(),
    }  # fmt: skip
    if logo is not None:
        png = logos.to_png(logo, limit=LARGEST_LOGO)
        values |= {"logo": png, "logo_sha256": sha256(png).hexdigest()}
    elif without_logo:
        values |= {"logo": None, "logo_sha256": ""}
    with transaction.atomic():
        profile, _ = AgencyProfile.objects.update_or_create(pk=ONLY, defaults=values)
        body = {"name": record.conceal(profile.name), "logo_sha256": profile.logo_sha256}
        record.append(kind="agency.changed", actor=actor.pk, client=None, subject=actor, body=body)
    return profile


def _check(name: str, contact: str, privacy_words: str) -> None:
    problems: dict[str, str] = {}
    if len(name.strip()) > 120:
        problems["name"] = "At most 120 characters."
    if len(privacy_words) > LONGEST_WORDS:
        problems["privacy_words"] = f"At most {LONGEST_WORDS} characters."
    try:
        if contact.strip():
            validate_email(contact.strip())
    except ValidationError:
        problems["contact"] = "This is not an e-mail address."
    if problems:
        raise InvalidInput(" ".join(problems.values()), fields=problems)
