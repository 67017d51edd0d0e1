"""What makes things findable: the index of words, tags and fields of a client's own, and views that somebody kept."""

from typing import Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from generations.models import Clip, Project
from reviews.models.annotation import Annotation, Visibility
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind as PersonKind
from sorahub.lib.ids import uuid7


class Findable(models.TextChoices):
    """The kinds of things that search finds."""

    PROMPT = "prompt", "Prompts"
    NOTE = "note", "Notes"
    CLIP = "clip", "Clips"
    REFERENCE = "reference", "References"
    SHOT = "shot", "Shots"
    PROJECT = "project", "Projects"
    GENERATION = "generation", "Generations"
    TERMS = "terms", "Terms"


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    """Entries and who may find them."""

    def visible_to(self, user: User) -> Self:
        """Exactly the things that the person may see, by the same rules as their own querysets (a test compares them)."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.kind == PersonKind.GUEST:
            return self._put_before(user)
        rows = self
        if user.kind != PersonKind.ADMINISTRATOR:
            own = list(user.memberships.values_list("project_id", flat=True))
            rows = rows.filter(Q(project_id__in=own) | Q(kind=Findable.TERMS))
        if user.kind == PersonKind.LEGAL:
            return rows
        return rows.filter(~Q(visibility=Visibility.LEGAL) | Q(author_id=user.pk))

    def _put_before(self, guest: User) -> Self:
        clips = Q(kind=Findable.CLIP, object_id__in=Clip.objects.visible_to(guest).values("pk"))
        notes = Q(kind=Findable.NOTE, object_id__in=Annotation.objects.visible_to(guest).standing().values("pk"))
        return self.filter(clips | notes)


class SearchEntry(models.Model):
    """One thing that can be found, with what lists are narrowed by. Written by the database's triggers, in the transaction of the
    change itself, never by the program; its words are beside it (a column on PostgreSQL, an FTS5 table on SQLite).
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=10, choices=Findable)
    object_id = models.UUIDField()
    project_id = models.UUIDField(null=True)
    clip_id = models.UUIDField(null=True)
    author_id = models.UUIDField(null=True)
    visibility = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=12, blank=True)
    model = models.CharField(max_length=100, blank=True)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    at = models.DateTimeField()

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "search entries"
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="search_by_time"),
            models.Index(fields=["project_id", "-at", "-id"], name="search_by_project"),
            models.Index(fields=["kind", "-at", "-id"], name="search_by_kind"),
        ]
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="search_entry_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


M = TypeVar("M", bound=models.Model)


class OfClient(models.QuerySet[M]):
    """Rows of a client, for the agency's people who see that client."""

    def visible_to(self, user: User) -> Self:
        """As the client; guests none."""
        if not user.is_authenticated or not user.is_active or user.kind == PersonKind.GUEST:
            return self.none()
        if user.kind == PersonKind.ADMINISTRATOR:
            return self.all()
        return self.filter(client__in=Client.objects.visible_to(user).values("pk"))

    def in_use(self) -> Self:
        """Leave out what is archived."""
        return self.filter(archived_at=None)


class TagQuerySet(OfClient["Tag"]):
    """Tags, for those who see their client."""


class Tag(models.Model):
    """A word by which a client's people put things together. ``key`` is its name folded: one tag for Night and night."""

    class Look(models.TextChoices):
        """A shape in a colour: never told apart by colour alone."""

        PLAIN = "plain", "Plain"
        CIRCLE = "circle", "Blue circle"
        SQUARE = "square", "Green square"
        TRIANGLE = "triangle", "Amber triangle"
        STAR = "star", "Red star"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="tags")
    name = models.CharField(max_length=50)
    key = models.CharField(max_length=100, editable=False)
    look = models.CharField(max_length=10, choices=Look, default=Look.PLAIN)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(fields=["client", "key"], name="tag_name_unique_in_client"),
            models.CheckConstraint(condition=~Q(key=""), name="tag_has_a_name"),
            models.CheckConstraint(condition=Q(look__in=["plain", "circle", "square", "triangle", "star"]), name="tag_look_known"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    """A tag on a thing of the same client. The database takes it away with the thing."""

    KINDS = (Findable.CLIP, Findable.SHOT, Findable.PROMPT, Findable.REFERENCE, Findable.PROJECT)

    id = models.BigAutoField(primary_key=True)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")
    kind = models.CharField(max_length=10, choices=Findable)
    object_id = models.UUIDField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["tag__key"]
        indexes = [models.Index(fields=["object_id", "kind"], name="tagging_of_thing")]
        constraints = [
            models.UniqueConstraint(fields=["tag", "kind", "object_id"], name="tagging_once"),
            models.CheckConstraint(condition=Q(kind__in=["clip", "shot", "prompt", "reference", "project"]), name="tagging_kind_known"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.kind} {self.object_id}"


class CustomFieldQuerySet(OfClient["CustomField"]):
    """Fields, for those who see their client."""


class CustomField(models.Model):
    """A fact that one client wants kept of its shots or its clips. ``key`` is what one filters by: ``flight:spring``."""

    class Sort(models.TextChoices):
        """What a value is."""

        TEXT = "text", "Text"
        NUMBER = "number", "Number"
        DATE = "date", "Date"
        CHOICE = "choice", "Choice"
        YES_NO = "yes_no", "Yes or no"

    class On(models.TextChoices):
        """What has it."""

        CLIP = "clip", "Clips"
        SHOT = "shot", "Shots"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="custom_fields")
    on = models.CharField(max_length=10, choices=On)
    name = models.CharField(max_length=50)
    key = models.SlugField(max_length=50, editable=False)
    sort = models.CharField(max_length=10, choices=Sort)
    choices = models.JSONField(default=list, blank=True, help_text="For a choice: what may be chosen.")
    position = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = CustomFieldQuerySet.as_manager()

    class Meta:
        ordering = ["client", "on", "position", "key"]
        constraints = [
            models.UniqueConstraint(fields=["client", "on", "key"], name="custom_field_unique_in_client"),
            models.CheckConstraint(condition=Q(on__in=["clip", "shot"]), name="custom_field_on_known"),
            models.CheckConstraint(condition=Q(sort__in=["text", "number", "date", "choice", "yes_no"]), name="custom_field_sort_known"),
            models.CheckConstraint(condition=~Q(key=""), name="custom_field_has_a_key"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class CustomValue(models.Model):
    """What a field says of one clip or shot: ``text`` in one form for each sort (a day as 2026-11-01, yes or no), a number as ``number`` too."""

    id = models.BigAutoField(primary_key=True)
    field = models.ForeignKey(CustomField, on_delete=models.CASCADE, related_name="values")
    object_id = models.UUIDField()
    text = models.CharField(max_length=500)
    number = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    set_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["field", "object_id"]
        indexes = [
            models.Index(fields=["object_id"], name="custom_value_of_thing"),
            models.Index(fields=["field", "text"], name="custom_value_by_text"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["field", "object_id"], name="custom_value_once"),
            models.CheckConstraint(condition=~Q(text=""), name="custom_value_says_something"),
        ]

    def __str__(self) -> str:
        return self.text


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Saved views and who may use them."""

    def visible_to(self, user: User) -> Self:
        """One's own; those shared with a project that one works in; those shared with the hub, for all who see their project."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        own = Q(owner=user)
        if user.kind == PersonKind.GUEST:
            return self.filter(own)
        seen = Project.objects.visible_to(user).values("pk")
        shared = Q(shared=SavedView.Shared.HUB) & (Q(project=None) | Q(project__in=seen))
        in_project = Q(shared=SavedView.Shared.PROJECT, project__in=seen)
        return self.filter(own | shared | in_project)


class SavedView(models.Model):
    """A question that somebody kept: the address's query of a list. It holds no answers: whoever opens it finds what they may see."""

    class Place(models.TextChoices):
        """The list that it is of."""

        SEARCH = "search", "Search"
        TAKES = "takes", "Takes of a project"

    class Shared(models.TextChoices):
        """Who may use it."""

        NOBODY = "", "Only I"
        PROJECT = "project", "The project’s people"
        HUB = "hub", "Everybody who works here"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views", editable=False)
    name = models.CharField(max_length=80)
    place = models.CharField(max_length=10, choices=Place, default=Place.SEARCH)
    query = models.CharField(max_length=1000, blank=True, help_text="The query of the list's address.")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, null=True, blank=True, related_name="saved_views")
    shared = models.CharField(max_length=10, choices=Shared, blank=True)
    is_default = models.BooleanField(default=False, help_text="The list opens with it, for its owner.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "place", "name"], name="saved_view_name_once"),
            models.UniqueConstraint(fields=["owner", "place"], condition=Q(is_default=True), name="saved_view_one_default"),
            models.CheckConstraint(condition=Q(place__in=["search", "takes"]), name="saved_view_place_known"),
            models.CheckConstraint(condition=Q(shared__in=["", "project", "hub"]), name="saved_view_shared_known"),
            models.CheckConstraint(condition=~Q(shared="project") | Q(project__isnull=False), name="saved_view_shared_with_a_project"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
