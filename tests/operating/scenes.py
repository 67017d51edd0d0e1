"""What happens inside a hub of a drill, each a function whose answer is JSON (``tests/operating/playing.py`` runs one)."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from generations.models import Clip
from reviews.actions.holds import place_hold
from reviews.actions.signatures import sound
from reviews.models import SignOff
from sorahub.accounts.models import User
from sorahub.ledger import checkpoints, copies, watch
from sorahub.ledger.models import Chain, Checkpoint, Event
from sorahub.lib import storage
from sorahub.lib.errors import DomainError
from tests.people import found_agency
from tests.reviews import world


def sign_a_clip() -> Mapping[str, Any]:
    """A clip is brought in, drafted for, approved and signed; the ledger's checkpoint stands in the answer."""
    agency = found_agency()
    clip = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    sign_off = world.sign(agency.lena, world.ready_to_sign(agency, clip))
    newest = Checkpoint.objects.order_by("-at").first()
    assert sound(sign_off) and newest is not None
    return {"clip": clip.sha256, "key": clip.storage_key, "sign_off": str(sign_off.pk), "note": newest.note}


def hold_it() -> Mapping[str, Any]:
    """One more thing happens to the clip, and a checkpoint says so, here and where copies go."""
    place_hold(actor=User.objects.get(email="lena@example.com"), clip=Clip.objects.get(), reason="A claim came in.")
    made = checkpoints.make_all()
    return {"checkpoints": len(made), "copied": sum(map(copies.copy, copies.places()))}


def try_to_hold() -> Mapping[str, Any]:
    """The same as the hub starts anew; what it answers."""
    watch.at_start()
    before = Event.objects.count()
    try:
        hold_it()
    except DomainError as error:
        return {"code": error.code, "message": error.message, "added": Event.objects.count() - before}
    return {"code": "", "message": "", "added": Event.objects.count() - before}


def look() -> Mapping[str, Any]:
    """What stands: is the signature sound, is the clip whole, how long are the chains."""
    sign_off = SignOff.objects.select_related("record_version__governing_set", "clip").get()
    clip = sign_off.clip
    return {
        "sound": sound(sign_off),
        "whole": storage.verify(clip.storage_key, settings.MEDIA_ROOT, clip.sha256),
        "chains": {chain.key: chain.size for chain in Chain.objects.all()},
    }


def forge() -> Mapping[str, Any]:
    """Somebody who works inside the hub tries, in each way, to change a signature; what the database answers."""

    ways = {
        "update": "UPDATE reviews_signoff SET reason = 'forged'",
        "delete": "DELETE FROM reviews_signoff",
        "truncate": "TRUNCATE reviews_signoff CASCADE",
        "disable": "ALTER TABLE reviews_signoff DISABLE TRIGGER ALL",
        "drop": "DROP TABLE reviews_signoff CASCADE",
        "replica": "SET session_replication_role = replica",
        "schema": "CREATE TABLE public.own (id int)",
        "migrations": "DELETE FROM django_migrations",
    }
    answers = {}
    for way, statement in ways.items():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
            answers[way] = "done"
        except DatabaseError as error:
            answers[way] = str(error).splitlines()[0]
    return answers


SCENES: dict[str, Callable[[], Mapping[str, Any]]] = {
    scene.__name__: scene for scene in (sign_a_clip, hold_it, try_to_hold, look, forge)
}
