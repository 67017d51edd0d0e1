"""Put tags on things and take them off; rename, merge and archive a client's tags. Working talk: nothing here is ledgered."""

from collections.abc import Iterable
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from reviews.actions import things
from reviews.actions.things import Thing
from reviews.models import Tag, Tagging
from reviews.rules import search_words
from sorahub.accounts.models import User
from sorahub.lib.errors import Conflict, InvalidInput, NotFound

LONGEST = 50


def tag_things(*, actor: User, name: str, targets: Iterable[Thing]) -> int:
    """Put a tag on things, of their clients each; a tag that a client does not have yet is made. Returns how many are new.

    Raises Forbidden for guests, InvalidInput, NotFound, Conflict for an archived project or tag.
    """
    things.require_colleague(actor)
    said, key = named(name)
    projects = things.projects_of(actor, targets)
    with transaction.atomic():
        tags = {
            client: _tag(actor, client, said, key)
            for client in sorted({project.client_id for project in projects.values()})
        }
        rows = [
            Tagging(tag=tags[project.client_id], kind=kind, object_id=pk, created_by=actor)
            for (kind, pk), project in projects.items()
        ]
        before = Tagging.objects.filter(tag__in=tags.values()).count()
        Tagging.objects.bulk_create(rows, ignore_conflicts=True)
        return Tagging.objects.filter(tag__in=tags.values()).count() - before


def untag_things(*, actor: User, tag: Tag, targets: Iterable[Thing]) -> int:
    """Take a tag off things; returns how many bore it. Raises Forbidden, InvalidInput, NotFound, Conflict."""
    things.require_colleague(actor)
    _require_seen(actor, tag)
    projects = things.projects_of(actor, targets)
    with transaction.atomic():
        gone = 0
        for kind in {kind for kind, _ in projects}:
            here = [pk for each, pk in projects if each == kind]
            gone += Tagging.objects.filter(tag=tag, kind=kind, object_id__in=here).delete()[0]
    return gone


def rename_tag(*, actor: User, tag: Tag, name: str, look: str = "") -> Tag:
    """Give a tag another name or look. Raises Forbidden, NotFound, InvalidInput, and Conflict where the client has that name already."""
    things.require_keeper(actor)
    _require_seen(actor, tag)
    said, key = named(name)
    if look and look not in Tag.Look.values:
        raise InvalidInput("There is no such look.", fields={"look": f"Choose one of: {', '.join(Tag.Look.values)}."})
    try:
        with transaction.atomic():
            Tag.objects.filter(pk=tag.pk).update(name=said, key=key, look=look or tag.look)
    except IntegrityError:
        words = f"The client has a tag “{said}” already. Merge the two instead."
        raise Conflict(words, code="tag-exists", fields={"name": words}) from None
    tag.refresh_from_db()
    return tag


def merge_tags(*, actor: User, tag: Tag, into: Tag) -> Tag:
    """Make everything that bears one tag bear the other, and do away with the first. Raises Forbidden, NotFound, InvalidInput."""
    things.require_keeper(actor)
    _require_seen(actor, tag)
    _require_seen(actor, into)
    if tag.pk == into.pk or tag.client_id != into.client_id:
        raise InvalidInput("Choose another tag of the same client.", fields={"into": "Another tag of the same client."})
    with transaction.atomic():
        both = list(Tag.objects.select_for_update().filter(pk__in=[tag.pk, into.pk]).order_by("pk"))
        if len(both) < 2:
            raise NotFound("One of the tags is gone.")
        moved = [
            Tagging(
                tag=into,
                kind=each.kind,
                object_id=each.object_id,
                created_by_id=each.created_by_id,
                created_at=each.created_at,
            )
            for each in Tagging.objects.filter(tag=tag)
        ]
        Tagging.objects.bulk_create(moved, ignore_conflicts=True, batch_size=1000)
        Tag.objects.filter(pk=tag.pk).delete()
    return into


def archive_tag(*, actor: User, tag: Tag) -> Tag:
    """Offer a tag no more; what bears it keeps it, and it can still be looked for. Raises Forbidden, NotFound."""
    return _archived(actor, tag, archive=True)


def restore_tag(*, actor: User, tag: Tag) -> Tag:
    """Offer an archived tag again. Raises Forbidden, NotFound."""
    return _archived(actor, tag, archive=False)


def named(name: str) -> tuple[str, str]:
    """Return a tag's name as it is shown, and its key. Raises InvalidInput."""
    said = " ".join(name.replace("\0", " ").split())
    key = search_words.words(said)
    if not key or len(said) > LONGEST or "," in said or '"' in said:
        words = f"A tag is a word or a few, at most {LONGEST} characters, without commas and quotation marks."
        raise InvalidInput(words, fields={"name": words})
    return said, key


def _archived(actor: User, tag: Tag, *, archive: bool) -> Tag:
    things.require_keeper(actor)
    _require_seen(actor, tag)
    Tag.objects.filter(pk=tag.pk, archived_at__isnull=archive).update(archived_at=timezone.now() if archive else None)
    tag.refresh_from_db()
    return tag


def _tag(actor: User, client: UUID, said: str, key: str) -> Tag:
    tag = Tag.objects.get_or_create(client_id=client, key=key, defaults={"name": said, "created_by": actor})[0]
    if tag.archived_at is not None:
        raise Conflict(
            f"“{tag.name}” is archived. Choose another tag, or ask an administrator to restore it.", code="tag-archived"
        )
    return tag


def _require_seen(actor: User, tag: Tag) -> None:
    if not Tag.objects.visible_to(actor).filter(pk=tag.pk).exists():
        raise NotFound("There is no such tag.")
