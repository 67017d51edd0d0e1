"""Search over everything that the person may see, with facets and what was looked for marked."""

from typing import Any

from django.utils.html import escape
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from reviews.actions.searching.asking import BEST, MOST, NEWEST, PAGE_SIZE, Question, ask
from reviews.actions.searching.facets import facets
from reviews.actions.searching.hits import Hit, hits
from reviews.actions.searching.narrowing import SHAPES, STATES, Narrowing
from reviews.models import Findable, SearchEntry
from reviews.rules.search_words import Piece
from reviews.rules.stages import STANDS
from sorahub.accounts.api.views import ScopedViewSet

ASKED = ("q", "sort", "cursor", "page_size", "facets")


class SearchQuery(serializers.Serializer[Any]):
    """What to look for, and among what."""

    q = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=300,
        help_text='Words that must all be there, "a phrase", -without, begin*, name:value (kind, project, client, model, by, is, review, '
        "tag, shape, size, after, before, or the key of a client's own field).",
    )  # fmt: skip
    kind = serializers.ChoiceField(choices=Findable.choices, required=False)
    project = serializers.UUIDField(required=False)
    client = serializers.UUIDField(required=False)
    person = serializers.UUIDField(required=False, help_text="Who made or wrote it.")
    model = serializers.CharField(required=False)
    state = serializers.ChoiceField(choices=STATES, required=False)
    review = serializers.ChoiceField(choices=STANDS, required=False, help_text="Where a clip's approval stands.")
    shape = serializers.ChoiceField(choices=sorted(SHAPES), required=False)
    size = serializers.RegexField(r"^\d{1,5}x\d{1,5}$", required=False, help_text="Width x height in pixels.")
    tag = serializers.CharField(
        required=False, help_text="A tag's id, or a word by which the library keeps references."
    )
    after = serializers.DateField(required=False, help_text="Made on this day or later, in the own time zone.")
    before = serializers.DateField(required=False, help_text="Made before this day.")
    sort = serializers.ChoiceField(
        choices=[BEST, NEWEST], default=BEST, help_text="The best match first, or the newest."
    )
    cursor = serializers.CharField(required=False, default="", help_text="`next` of the page before.")
    page_size = serializers.IntegerField(required=False, default=PAGE_SIZE, min_value=1, max_value=100)
    facets = serializers.BooleanField(required=False, default=True, help_text="Count by kind, project and so on, too.")


class HitTagSerializer(serializers.Serializer[Any]):
    """A tag that a thing bears."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class HitSerializer(serializers.Serializer[Any]):
    """A thing that was found. ``title`` and ``passage`` are HTML in which everything is escaped but ``<mark>``."""

    kind = serializers.ChoiceField(choices=Findable.choices)
    id = serializers.UUIDField()
    at = serializers.DateTimeField(allow_null=True, help_text="When it was made; not told to guests of clips.")
    title = serializers.CharField()
    passage = serializers.CharField()
    facts = serializers.ListField(child=serializers.CharField())
    tags = HitTagSerializer(many=True)


class FacetValueSerializer(serializers.Serializer[Any]):
    """A value, and how many of what was counted have it."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the field's own label is a class attribute
    count = serializers.IntegerField()


class FacetSerializer(serializers.Serializer[Any]):
    """A property with its commonest values; ``name`` is the parameter that narrows by it."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # the field's own label is a class attribute
    values = FacetValueSerializer(many=True)


class SearchSerializer(serializers.Serializer[Any]):
    """What was found."""

    count = serializers.IntegerField(help_text=f"Matches, counted up to {MOST}.")
    more = serializers.BooleanField(help_text="There are more than were counted; facets tell of the newest.")
    next = serializers.CharField(help_text="The cursor of the next page; empty on the last.")
    facets = FacetSerializer(many=True)
    results = HitSerializer(many=True)


class SearchViewSet(ScopedViewSet):
    """What a person may not see does not exist here: it is not found, not counted, not marked."""

    queryset = SearchEntry.objects.all()
    serializer_class = SearchSerializer
    pagination_class = None
    filter_backends = ()

    @extend_schema(parameters=[SearchQuery], responses=SearchSerializer)
    def list(self, request: Request) -> Response:
        """Find prompts, notes, clips, references, shots, projects, generations and terms by their words."""
        given = self.asked(SearchQuery)
        chosen = Narrowing(**{name: value for name, value in given.items() if name not in ASKED})
        question = Question(given["q"], chosen, given["sort"], given["cursor"], given["page_size"])
        found = ask(self.actor, question)
        counted = facets(self.actor, found.rows) if given["facets"] else []
        answer = {"count": found.count, "more": found.more, "next": found.next_cursor, "facets": counted}
        return self.shown(answer | {"results": [_shown(hit) for hit in hits(self.actor, found)]})


def marked(pieces: list[Piece]) -> str:
    """Return pieces as HTML: the text escaped, what was looked for in ``<mark>``."""
    return "".join(f"<mark>{escape(piece.text)}</mark>" if piece.hit else str(escape(piece.text)) for piece in pieces)


def _shown(hit: Hit) -> dict[str, Any]:
    return {
        "kind": hit.kind,
        "id": hit.id,
        "at": hit.at,
        "title": marked(hit.title),
        "passage": marked(hit.passage),
        "facts": hit.facts,
        "tags": [{"id": tag.pk, "name": tag.name} for tag in hit.tags],
    }
