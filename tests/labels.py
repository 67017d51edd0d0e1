"""Words kept for a client, and what labels its things, for the tables that walk every address."""

from typing import Any

from generations.actions.kept_words import Words, keep_words
from generations.actions.names import add_name
from reviews.actions.custom_fields import define_field
from reviews.actions.saved_views import save_view
from reviews.actions.tagging import tag_things
from reviews.models import Tag
from tests.people import Agency


def kept(who: Agency) -> dict[str, Any]:
    """Words kept for the client, of each sort, and a name that its prompts are looked through for."""
    kinds = {"snippet": "light", "template": "other", "sheet": "character"}
    about: dict[str, Any] = {"actor": who.alice, "client": who.north, "words": Words(f"At dusk in {who.north.name}")}
    words = {sort: keep_words(sort=sort, kind=kind, name="dusk", **about) for sort, kind in kinds.items()}
    return {
        **words,
        "known-name": add_name(actor=who.alice, client=who.north, name=f"Mira {who.north.name}", sort="person"),
    }


def labelled(who: Agency, made: dict[str, Any]) -> dict[str, Any]:
    """A tag on the first clip, a field of the client's clips, and the producer's view."""
    tag_things(actor=who.alice, name="Hero", targets=[("clip", made["clip"].pk)])
    return {
        "tag": Tag.objects.get(client=who.north),
        "custom-field": define_field(actor=who.ada, client=who.north, on="clip", name="Flight", sort="text"),
        "saved-view": save_view(
            actor=who.alice, name="Harbours", query="q=harbour", shared="project", project=who.aurora
        ),
    }
