"""What the API takes in order to talk, to decide and to put before people."""

from typing import Any

from rest_framework import serializers

from generations.models import Clip, Project
from reviews.actions.admission import SHOWN, Admission
from reviews.api import plain
from reviews.api.serializers import ROLES
from reviews.models import Annotation, Purpose, Stage, Use
from reviews.models.annotation import Category, Visibility
from reviews.models.approval import ReasonKind, Verdict
from reviews.rules.addressees import Addressee, once
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.models import Client, User
from sorahub.lib.ids import uuid7

SHOWS = [(name, name) for name in SHOWN]


class PointsField(serializers.ListField):
    """Points of a mark. A pen's stroke has hundreds of numbers: those that plainly are numbers need no field each."""

    child = serializers.ListField(child=serializers.FloatField())

    def to_internal_value(self, data: Any) -> list[list[float]]:
        """Return the points. Raises ValidationError."""
        if (plainly := plain.points(data)) is not None:
            return plainly
        points: list[list[float]] = super().to_internal_value(data)
        return points


class ShapeInput(serializers.Serializer[Any]):
    """A mark to draw; the id is made by the sender."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    schema = serializers.IntegerField(default=1)
    points = PointsField()
    stroke = serializers.FloatField()
    colour = serializers.CharField(default="red")
    text = serializers.CharField(default="", allow_blank=True, help_text="The words of a text mark, 1 to 300.")


class ShapesInput(serializers.Serializer[Any]):
    """Marks to draw on a note."""

    shapes = ShapeInput(many=True)


class ShapeChangeInput(serializers.Serializer[Any]):
    """What is to change of a mark; everything else stays."""

    points = PointsField(required=False)
    stroke = serializers.FloatField(required=False)
    colour = serializers.CharField(required=False)
    text = serializers.CharField(required=False, allow_blank=True)


class AnnotationInput(serializers.Serializer[Any]):
    """A note on frames. With an id of your making, sending it again changes nothing."""

    id = serializers.UUIDField(default=uuid7)
    clip = VisibleRelatedField(queryset=Clip.objects.select_related("project"))
    frame_in = serializers.IntegerField(min_value=0)
    frame_out = serializers.IntegerField(min_value=0)
    body = serializers.CharField(default="", allow_blank=True)
    category = serializers.ChoiceField(choices=Category.choices, default=Category.GENERAL)
    visibility = serializers.ChoiceField(choices=Visibility.choices, default=Visibility.INTERNAL)
    parent = VisibleRelatedField(queryset=Annotation.objects.all(), default=None, allow_null=True)  # type: ignore[assignment]  # a field of this name
    shapes = ShapeInput(many=True, default=list)


class WordsInput(serializers.Serializer[Any]):
    """What is to change of a note; everything else stays."""

    body = serializers.CharField(required=False, allow_blank=True)
    category = serializers.ChoiceField(choices=Category.choices, required=False)
    frame_in = serializers.IntegerField(min_value=0, required=False)
    frame_out = serializers.IntegerField(min_value=0, required=False)


class CarryInput(serializers.Serializer[Any]):
    """The take that a note is carried to."""

    clip = VisibleRelatedField(queryset=Clip.objects.select_related("project"))


class StageSpecInput(serializers.Serializer[Any]):
    """A stage as a project names it."""

    name = serializers.CharField(max_length=60)
    role = serializers.ChoiceField(choices=ROLES)
    needed = serializers.IntegerField(default=1, min_value=1)
    worst_wins = serializers.BooleanField(
        default=True,
        help_text="One request for changes outweighs every approval; else the approvals needed are enough.",
    )
    locks = serializers.BooleanField(default=False, help_text="Once passed, the stage takes no further decision.")


class StagesInput(serializers.Serializer[Any]):
    """All stages of a project, in order."""

    stages = StageSpecInput(many=True)


class DecisionInput(serializers.Serializer[Any]):
    """A verdict about the bytes that were seen."""

    clip = VisibleRelatedField(queryset=Clip.objects.select_related("project", "created_by"))
    stage = serializers.UUIDField()
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    reason_kind = serializers.ChoiceField(choices=ReasonKind.choices, default="", allow_blank=True)
    reason = serializers.CharField(default="", allow_blank=True)
    seen_sha256 = serializers.CharField(help_text="The hash of the bytes that you looked at.")


class GuestInput(serializers.Serializer[Any]):
    """A guest by address."""

    email = serializers.EmailField()
    name = serializers.CharField(
        default="", allow_blank=True, max_length=200, help_text="For an address that is new here."
    )


def addressees_of(guests: list[dict[str, str]]) -> list[Addressee]:
    """Return the guests as the actions take them, each once."""
    return once(Addressee(**guest) for guest in guests)


class ReviewInput(serializers.Serializer[Any]):
    """Clips, in order, to be put before people for one stage."""

    project = VisibleRelatedField(queryset=Project.objects.all())
    stage = VisibleRelatedField(queryset=Stage.objects.all())
    title = serializers.CharField(max_length=200)
    clips = VisibleRelatedField(queryset=Clip.objects.all(), many=True)
    people = VisibleRelatedField(queryset=User.objects.get_queryset(), many=True, default=list)
    guests = GuestInput(many=True, default=list, help_text="New addresses become guests of the project.")
    due_at = serializers.DateTimeField(default=None, allow_null=True)
    message = serializers.CharField(default="", allow_blank=True)
    expires_at = serializers.DateTimeField(default=None, allow_null=True, help_text="Guests' access ends then.")
    password = serializers.CharField(
        default="", allow_blank=True, write_only=True, help_text="Guests are asked for it besides their code."
    )
    shows = serializers.MultipleChoiceField(choices=SHOWS, default=set, help_text="What guests are shown besides.")

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Gather the guests, and the terms on which they come in."""
        said = dict(super().to_internal_value(data))
        terms = {name: said.pop(name) for name in ("expires_at", "password", "shows")}
        return {**said, "guests": addressees_of(said["guests"]), "admission": Admission(**terms)}


class ReviewMoreInput(serializers.Serializer[Any]):
    """What is added to a review."""

    clips = VisibleRelatedField(queryset=Clip.objects.all(), many=True, default=list)
    people = VisibleRelatedField(queryset=User.objects.get_queryset(), many=True, default=list)
    guests = GuestInput(many=True, default=list)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Gather the guests."""
        said = dict(super().to_internal_value(data))
        return {**said, "guests": addressees_of(said["guests"])}


class ReviewLessInput(serializers.Serializer[Any]):
    """What is taken out of a review."""

    clips = VisibleRelatedField(queryset=Clip.objects.all(), many=True, default=list)
    people = VisibleRelatedField(queryset=User.objects.get_queryset(), many=True, default=list)


class ReviewOrderInput(serializers.Serializer[Any]):
    """All clips of a review, in the order in which people are to walk through them."""

    clips = VisibleRelatedField(queryset=Clip.objects.all(), many=True)


class ReviewTermsInput(serializers.Serializer[Any]):
    """Another due date, and other terms for guests; what is left out stays as it is."""

    due_at = serializers.DateTimeField(required=False, allow_null=True)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    password = serializers.CharField(
        required=False,
        allow_blank=True,
        write_only=True,
        help_text="A new one asks everybody anew; empty: none any more.",
    )
    shows = serializers.MultipleChoiceField(choices=SHOWS, required=False)


class RemindInput(serializers.Serializer[Any]):
    """Who is to be reminded: nobody named means everybody who is not done."""

    people = VisibleRelatedField(queryset=User.objects.get_queryset(), many=True, default=list)


class WatchedInput(serializers.Serializer[Any]):
    """Frames of a clip that were watched."""

    clip = VisibleRelatedField(queryset=Clip.objects.select_related("project"))
    spans = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(min_value=0), min_length=2, max_length=2),
        help_text="[first, last] from 0, both included.",
    )


class PurposeInput(serializers.Serializer[Any]):
    """For what, where and to what end a clip is to be used."""

    use = serializers.ChoiceField(choices=Use.choices)
    territory = serializers.CharField(help_text="A country code such as DE, or WORLD.")
    purpose = serializers.ChoiceField(
        choices=Purpose.choices,
        default="",
        allow_blank=True,
        help_text="Empty: for any purpose, which only a record without purposes allows.",
    )


class ClearanceQuery(PurposeInput):
    """For what, where, to what end, from when (default: now) until when, and for whom."""

    at = serializers.DateTimeField(required=False, help_text="From when; left out: now.")
    until = serializers.DateTimeField(required=False, help_text="Up to, not including; left out: that instant alone.")
    client = VisibleRelatedField(
        queryset=Client.objects.all(), required=False, help_text="Left out: whose project the clip belongs to."
    )


class ExtensionInput(PurposeInput):
    """A use outside the record's scope, and what it is needed for."""

    clip = VisibleRelatedField(queryset=Clip.objects.select_related("project"))
    at = serializers.DateTimeField(required=False, help_text="From when; left out: now.")
    until = serializers.DateTimeField(required=False, help_text="Up to, not including.")
    reason = serializers.CharField()


class ExtensionAnswerInput(serializers.Serializer[Any]):
    """The answer of a legal approver."""

    granted = serializers.BooleanField()
    answer = serializers.CharField()


class HoldInput(serializers.Serializer[Any]):
    """A stop to be put on a clip."""

    clip = VisibleRelatedField(queryset=Clip.objects.select_related("project"))
    reason = serializers.CharField()


class ReasonInput(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField()


class OverrideInput(serializers.Serializer[Any]):
    """An exception to be asked for."""

    clip = VisibleRelatedField(queryset=Clip.objects.select_related("project"))
    block = serializers.CharField(help_text="The code of the reason that is to be set aside.")
    reason = serializers.CharField()
    expires_at = serializers.DateTimeField()
