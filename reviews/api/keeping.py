"""Tags, clients' own fields, what they say of a clip or shot, and kept views."""

from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from generations.models import Clip, Project, Shot
from reviews.actions import custom_fields, saved_views, tagging
from reviews.models import CustomField, CustomValue, Findable, SavedView, Tag, Tagging
from sorahub.accounts.api.fields import VisibleRelatedField
from sorahub.accounts.api.filtering import Filters, YesNo
from sorahub.accounts.api.views import ReadOnly, ScopedViewSet
from sorahub.accounts.models import Client


class TagSerializer(serializers.ModelSerializer[Tag]):
    """A word by which a client's people put things together."""

    class Meta:
        model = Tag
        fields = ["id", "client", "name", "look", "created_at", "archived_at"]
        read_only_fields = fields


class TagFilter(Filters):
    """By client, and whether it is archived."""

    client = filters.UUIDFilter(field_name="client_id")
    archived = YesNo(field_name="archived_at", lookup_expr="isnull", exclude=True)


class ThingInput(serializers.Serializer[Any]):
    """A thing that can bear tags."""

    kind = serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in Tagging.KINDS])
    id = serializers.UUIDField()


class ThingsInput(serializers.Serializer[Any]):
    """Things of clients whom the person sees, at most 500."""

    things = ThingInput(many=True)


class TagThingsInput(ThingsInput):
    """A tag's name, and what is to bear it."""

    name = serializers.CharField(max_length=50)


class TagChangeInput(serializers.Serializer[Any]):
    """A tag's name and look, and whether it is offered no more."""

    name = serializers.CharField(max_length=50, required=False)
    look = serializers.ChoiceField(choices=Tag.Look.choices, required=False)
    archived = serializers.BooleanField(required=False)


class TagMergeInput(serializers.Serializer[Any]):
    """The tag that things are to bear instead."""

    into = VisibleRelatedField(queryset=Tag.objects.all())


class ChangedSerializer(serializers.Serializer[Any]):
    """How many taggings came or went."""

    changed = serializers.IntegerField()


def _things(given: dict[str, Any]) -> list[tuple[str, UUID]]:
    return [(thing["kind"], thing["id"]) for thing in given["things"]]


class TagViewSet(ReadOnly):
    """Tags of the clients that the person sees; not for guests. Administrators rename, merge and archive them."""

    queryset = Tag.objects.all()
    serializer_class = TagSerializer
    filterset_class = TagFilter

    @extend_schema(request=TagChangeInput, responses=TagSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Rename the tag, give it another look, archive or restore it."""
        tag: Tag = self.get_object()
        given = self.given(TagChangeInput, partial=True)
        if "name" in given or "look" in given:
            tag = tagging.rename_tag(
                actor=self.actor, tag=tag, name=given.get("name", tag.name), look=given.get("look", "")
            )
        if "archived" in given:
            tag = (tagging.archive_tag if given["archived"] else tagging.restore_tag)(actor=self.actor, tag=tag)
        return self.shown(tag)

    @extend_schema(request=TagMergeInput, responses=TagSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: UUID) -> Response:
        """Make all that bears the tag bear another one of the same client; the tag is gone then."""
        tag: Tag = self.get_object()
        return self.shown(tagging.merge_tags(actor=self.actor, tag=tag, into=self.given(TagMergeInput)["into"]))

    @extend_schema(request=ThingsInput, responses=ChangedSerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: UUID) -> Response:
        """Take the tag off things."""
        tag: Tag = self.get_object()
        gone = tagging.untag_things(actor=self.actor, tag=tag, targets=_things(self.given(ThingsInput)))
        return Response(ChangedSerializer({"changed": gone}).data)

    @extend_schema(request=TagThingsInput, responses=ChangedSerializer)
    @action(detail=False, methods=["post"])
    def apply(self, request: Request) -> Response:
        """Put a tag on things; a tag that their client does not have yet is made. What bears it already goes on to."""
        given = self.given(TagThingsInput)
        new = tagging.tag_things(actor=self.actor, name=given["name"], targets=_things(given))
        return Response(ChangedSerializer({"changed": new}).data)


class CustomFieldSerializer(serializers.ModelSerializer[CustomField]):
    """A fact that a client wants kept of its clips or shots; ``key`` is what search is narrowed by."""

    class Meta:
        model = CustomField
        fields = ["id", "client", "on", "name", "key", "sort", "choices", "created_at", "archived_at"]
        read_only_fields = fields


class CustomFieldFilter(Filters):
    """By client, and by what has the field."""

    client = filters.UUIDFilter(field_name="client_id")
    on = filters.ChoiceFilter(choices=CustomField.On.choices)


class CustomFieldInput(serializers.Serializer[Any]):
    """A new field."""

    client = VisibleRelatedField(queryset=Client.objects.all())
    on = serializers.ChoiceField(choices=CustomField.On.choices)
    name = serializers.CharField(max_length=50)
    sort = serializers.ChoiceField(choices=CustomField.Sort.choices)
    choices = serializers.ListField(child=serializers.CharField(max_length=100), required=False, default=list)


class CustomFieldChange(serializers.Serializer[Any]):
    """Another name or other choices for a field, and whether it is asked for no more."""

    name = serializers.CharField(max_length=50, required=False)
    choices = serializers.ListField(child=serializers.CharField(max_length=100), required=False)
    archived = serializers.BooleanField(required=False)


class CustomFieldViewSet(ReadOnly):
    """Fields of the clients that the person sees; not for guests. Administrators define them."""

    queryset = CustomField.objects.all()
    serializer_class = CustomFieldSerializer
    filterset_class = CustomFieldFilter

    @extend_schema(request=CustomFieldInput, responses={201: CustomFieldSerializer})
    def create(self, request: Request) -> Response:
        """Give a client's clips or shots a field."""
        return self.created(custom_fields.define_field(actor=self.actor, **self.given(CustomFieldInput)))

    @extend_schema(request=CustomFieldChange, responses=CustomFieldSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Rename the field, offer other choices, archive or restore it."""
        field: CustomField = self.get_object()
        given = self.given(CustomFieldChange, partial=True)
        if "name" in given or "choices" in given:
            named = {"name": given.get("name", field.name), "choices": given.get("choices", field.choices)}
            field = custom_fields.change_field(actor=self.actor, field=field, **named)
        if "archived" in given:
            act = custom_fields.archive_field if given["archived"] else custom_fields.restore_field
            field = act(actor=self.actor, field=field)
        return self.shown(field)


class CustomValueSerializer(serializers.ModelSerializer[CustomValue]):
    """What a field says of a clip or shot: a day as 2026-11-01, yes or no, a number as text."""

    name = serializers.CharField(source="field.name", read_only=True)
    key = serializers.CharField(source="field.key", read_only=True)

    class Meta:
        model = CustomValue
        fields = ["field", "name", "key", "text", "set_at"]
        read_only_fields = fields


class CustomValueInput(serializers.Serializer[Any]):
    """What a field is to say; empty: nothing."""

    field = serializers.UUIDField()
    text = serializers.CharField(max_length=500, allow_blank=True)


class CustomValuesInput(serializers.Serializer[Any]):
    """Some fields; the others stay as they are."""

    values = CustomValueInput(many=True)


class _Valued(ScopedViewSet):
    """Clips or shots, for what their clients' fields say of them."""

    serializer_class = CustomValueSerializer
    kind: Findable

    def _said(self, pk: UUID) -> Response:
        seen = CustomField.objects.visible_to(self.actor).filter(archived_at=None)
        rows = CustomValue.objects.filter(object_id=pk, field__in=seen).select_related("field")
        return Response(CustomValueSerializer(rows, many=True).data)

    def _set(self, pk: UUID) -> Response:
        values = {each["field"]: each["text"] for each in self.given(CustomValuesInput)["values"]}
        custom_fields.set_values(actor=self.actor, kind=self.kind, pk=pk, values=values)
        return self._said(pk)


class ClipFieldsViewSet(_Valued):
    """What a client's fields say of a clip."""

    queryset = Clip.objects.all()
    kind = Findable.CLIP

    @extend_schema(responses=CustomValueSerializer(many=True), operation_id="clips_fields_list")
    @action(detail=True, methods=["get"])
    def fields(self, request: Request, pk: UUID) -> Response:
        """What the fields say; nothing for guests."""
        return self._said(self.get_object().pk)

    @extend_schema(
        request=CustomValuesInput, responses=CustomValueSerializer(many=True), operation_id="clips_fields_set"
    )
    @fields.mapping.put
    def set_fields(self, request: Request, pk: UUID) -> Response:
        """Say what fields are of it, all that are given or none."""
        return self._set(self.get_object().pk)


class ShotFieldsViewSet(_Valued):
    """What a client's fields say of a shot."""

    queryset = Shot.objects.all()
    kind = Findable.SHOT

    @extend_schema(responses=CustomValueSerializer(many=True), operation_id="shots_fields_list")
    @action(detail=True, methods=["get"])
    def fields(self, request: Request, pk: UUID) -> Response:
        """What the fields say."""
        return self._said(self.get_object().pk)

    @extend_schema(
        request=CustomValuesInput, responses=CustomValueSerializer(many=True), operation_id="shots_fields_set"
    )
    @fields.mapping.put
    def set_fields(self, request: Request, pk: UUID) -> Response:
        """Say what fields are of it, all that are given or none."""
        return self._set(self.get_object().pk)


class SavedViewSerializer(serializers.ModelSerializer[SavedView]):
    """A question that somebody kept; it holds no answers."""

    class Meta:
        model = SavedView
        fields = ["id", "owner", "name", "place", "query", "project", "shared", "is_default", "created_at"]
        read_only_fields = fields


class SavedViewInput(serializers.Serializer[Any]):
    """A question to keep: the query of the list's address."""

    name = serializers.CharField(max_length=80)
    query = serializers.CharField(max_length=1000, allow_blank=True)
    place = serializers.ChoiceField(choices=SavedView.Place.choices, default=SavedView.Place.SEARCH)
    shared = serializers.ChoiceField(choices=SavedView.Shared.choices, default="", allow_blank=True)
    project = VisibleRelatedField(queryset=Project.objects.all(), required=False, allow_null=True)


class SavedViewChange(serializers.Serializer[Any]):
    """A view's name, who may use it, and whether the list opens with it for its owner."""

    name = serializers.CharField(max_length=80, required=False)
    shared = serializers.ChoiceField(choices=SavedView.Shared.choices, required=False, allow_blank=True)
    project = VisibleRelatedField(queryset=Project.objects.all(), required=False, allow_null=True)
    is_default = serializers.BooleanField(required=False)


class SavedViewViewSet(ReadOnly):
    """One's own views, and those shared with one."""

    queryset = SavedView.objects.all()
    serializer_class = SavedViewSerializer

    @extend_schema(request=SavedViewInput, responses={201: SavedViewSerializer})
    def create(self, request: Request) -> Response:
        """Keep a question under a name."""
        return self.created(saved_views.save_view(actor=self.actor, **self.given(SavedViewInput)))

    @extend_schema(request=SavedViewChange, responses=SavedViewSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Rename one's own view, share it otherwise, or have the list open with it."""
        view: SavedView = self.get_object()
        given = self.given(SavedViewChange, partial=True)
        if set(given) - {"is_default"}:
            kept = {"name": view.name, "shared": view.shared, "project": view.project}
            told = {**kept, **{name: value for name, value in given.items() if name in kept}}
            view = saved_views.change_view(actor=self.actor, view=view, **told)
        if "is_default" in given:
            view = saved_views.make_default(actor=self.actor, view=view, on=given["is_default"])
        return self.shown(view)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Do away with one's own view."""
        saved_views.delete_view(actor=self.actor, view=self.get_object())
        return Response(status=204)
