"""People named in notes with @: who can be, who is, and that they can read what they are named in."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from generations.models import Clip
from generations.models.clip import ClipGrant
from reviews.actions.touching import invalid
from reviews.models import Annotation, Mention, Review, ReviewParticipant, Visibility
from reviews.rules import markdown
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind

MOST_MENTIONS = 20


def offered(actor: User, clip: Clip, visibility: str = Visibility.CLIENT) -> QuerySet[User]:
    """Return whom this person can name in a note for these readers on this clip: those who may read it.

    Guests are offered themselves and the agency's people of the reviews in which they see the clip.
    """
    members = User.objects.filter(is_active=True, memberships__project=clip.project_id)
    agency = members.exclude(kind=Kind.GUEST)
    if actor.kind == Kind.GUEST:
        return agency.filter(pk__in=_hosts(actor, clip)) | members.filter(pk=actor.pk)
    if visibility == Visibility.LEGAL:
        return members.filter(Q(kind=Kind.LEGAL) | Q(pk=actor.pk))
    guests = members.filter(kind=Kind.GUEST, pk__in=ClipGrant.objects.lasting().filter(clip=clip).values("user"))
    if visibility == Visibility.INTERNAL:
        guests = guests.filter(pk__in=_told(clip))
    return agency | guests


def named_in(actor: User, clip: Clip, body: str) -> tuple[str, list[User]]:
    """Return the words with everybody's real name, and whom they name. Raises InvalidInput for somebody who is not there."""
    typed = markdown.mentioned(body)
    if not typed:
        return body, []
    if len(typed) > MOST_MENTIONS:
        raise invalid("body", f"A note names at most {MOST_MENTIONS} people.")
    known = offered(actor, clip) if actor.kind == Kind.GUEST else User.objects.filter(is_active=True)
    people = {user.pk: user for user in known.filter(pk__in=typed).select_related("person")}
    _refuse([name for key, name in typed.items() if key not in people])
    return markdown.with_names(body, lambda key: people[key].get_full_name()), list(people.values())


def keep(note: Annotation, people: Iterable[User]) -> list[User]:
    """Make these the people whom the saved note names and return the new ones, inside the caller's transaction.

    Raises InvalidInput for somebody who may not read it.
    """
    wanted = {user.pk: user for user in people}
    _refuse([user.get_full_name() for user in wanted.values() if not reads(user, note)])
    before = set(note.mentions.values_list("user_id", flat=True))
    note.mentions.exclude(user__in=wanted).delete()
    new = [user for key, user in wanted.items() if key not in before]
    Mention.objects.bulk_create([Mention(annotation=note, user=user) for user in new])
    return new


def reads(user: User, note: Annotation) -> bool:
    """Say whether the note exists for this person: the same door as everywhere."""
    return Annotation.objects.visible_to(user).filter(pk=note.pk).exists()


def _hosts(guest: User, clip: Clip) -> QuerySet[User]:
    """Who asked this guest to see the clip, and who of the agency was asked along with them."""
    shown = Review.objects.visible_to(guest).filter(items__clip=clip).values("pk")
    along = Q(review_seats__in=ReviewParticipant.objects.standing().filter(review__in=shown))
    asked = along | Q(pk__in=Review.objects.filter(pk__in=shown).values("created_by"))
    return User.objects.filter(asked).values("pk")  # type: ignore[return-value]  # used as a subquery alone


def _told(clip: Clip) -> QuerySet[ReviewParticipant]:
    """The guests to whom a review with this clip that is open to them shows the agency's own notes."""
    telling = ReviewParticipant.objects.letting_in().filter(review__shows_internal=True, review__items__clip=clip)
    return telling.values("user")  # type: ignore[return-value]  # used as a subquery alone


def _refuse(names: list[str]) -> None:
    if names:
        raise invalid(
            "body", f"{', '.join(names)} cannot read this note: write without the mention, or for other readers."
        )
