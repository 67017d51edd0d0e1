"""Annotation and Shape: words on frames, and the marks drawn with them."""

from typing import Self

from django.db import models
from django.db.models import Prefetch, Q
from django.utils import timezone

from generations.models import Clip
from reviews.models.review import Review, ReviewItem
from reviews.models.scope import ClipScoped
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib.ids import uuid7


class Visibility(models.TextChoices):
    """Who reads a note."""

    INTERNAL = "internal", "Agency only"
    CLIENT = "client", "Agency and client"
    LEGAL = "legal", "Legal approvers only"


class Category(models.TextChoices):
    """What a note is about."""

    GENERAL = "general", "General"
    PICTURE = "picture", "Picture"
    MOTION = "motion", "Motion"
    SOUND = "sound", "Sound"
    RIGHTS = "rights", "Rights"


class AnnotationQuerySet(ClipScoped["Annotation"]):
    """Annotations and who may read them."""

    def visible_to(self, user: User) -> Self:
        """Project people read internal and client notes, legal approvers all, authors their own; guests the client notes on
        their clips, and the internal ones where a review that is open to them shows those.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.kind == Kind.GUEST:
            telling = Review.objects.open_to(user).filter(shows_internal=True)
            told = ReviewItem.objects.filter(review__in=telling).values("clip_id")
            readable = Q(visibility=Visibility.CLIENT) | Q(visibility=Visibility.INTERNAL, clip__in=told)
            return self.on_granted_clips(user).filter(readable)
        rows = super().visible_to(user)
        if user.kind in {Kind.LEGAL}:
            return rows
        return rows.filter(~Q(visibility=Visibility.LEGAL) | Q(author=user))

    def standing(self) -> Self:
        """Leave out what was deleted."""
        return self.filter(deleted_at=None)

    def for_thread(self) -> Self:
        """Join what a thread shows, of its marks those that are there; replies hang under their parents."""
        marks = Prefetch("shapes", queryset=Shape.objects.filter(deleted_at=None))
        return self.select_related("author__person", "resolved_by__person").prefetch_related(marks, "attachments")


class Annotation(models.Model):
    """Words on frames ``[frame_in, frame_out]`` (0-based, inclusive) of one clip. People see it called a note.

    The id is made by the client so that a repeated save never doubles a note. ``clip_sha256`` fixes the bytes it was
    written on. ``carried_from`` is the note of an earlier take of which this is the linked copy. ``touched_at`` moves
    with every change that a reader can see, so that an open page asks only for what is new.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    clip = models.ForeignKey(Clip, on_delete=models.PROTECT, related_name="annotations")
    clip_sha256 = models.CharField(max_length=64, editable=False)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="replies")
    frame_in = models.PositiveIntegerField()
    frame_out = models.PositiveIntegerField()
    body = models.TextField()
    category = models.CharField(max_length=10, choices=Category, default=Category.GENERAL)
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.INTERNAL)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="annotations")
    carried_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="carried", editable=False
    )
    source = models.CharField(max_length=40, blank=True, editable=False, help_text="From which file it was imported.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    touched_at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        ordering = ["frame_in", "created_at", "id"]
        indexes = [
            models.Index(fields=["clip", "frame_in"], name="annotation_by_frame"),
            models.Index(fields=["clip", "touched_at"], name="annotation_by_touch"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(frame_out__gte=models.F("frame_in")), name="annotation_range_ordered"),
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="annotation_visibility_known"),
            models.CheckConstraint(condition=Q(category__in=Category.values), name="annotation_category_known"),
            models.UniqueConstraint(
                fields=["clip", "carried_from"],
                condition=Q(carried_from__isnull=False),
                name="annotation_carried_once_per_clip",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.frame_in}: {self.body[:60]}"


class ShapeQuerySet(ClipScoped["Shape"]):
    """Shapes, read by whoever reads their annotation."""

    clip_path = "annotation__clip"
    project_path = "annotation__clip__project"

    def visible_to(self, user: User) -> Self:
        """A shape is as visible as its annotation."""
        return self.filter(annotation__in=Annotation.objects.visible_to(user))


class Shape(models.Model):
    """A drawn mark: points as fractions (0–1) of the display rectangle, stroke as a fraction of its height.

    A ``text`` mark stands at its one point, its letters ``stroke`` high; a ``highlight`` is a box filled see-through.
    """

    class Kind(models.TextChoices):
        """What was drawn."""

        PEN = "pen", "Pen"
        ARROW = "arrow", "Arrow"
        LINE = "line", "Line"
        BOX = "box", "Box"
        ELLIPSE = "ellipse", "Ellipse"
        TEXT = "text", "Text"
        HIGHLIGHT = "highlight", "Highlight"

    id = models.UUIDField(primary_key=True, default=uuid7)
    annotation = models.ForeignKey(Annotation, on_delete=models.PROTECT, related_name="shapes")
    kind = models.CharField(max_length=10, choices=Kind)
    schema = models.PositiveSmallIntegerField(default=1)
    points = models.JSONField(help_text="[[x, y], …] or [[x, y, pressure], …], each 0 to 1.")
    stroke = models.DecimalField(max_digits=6, decimal_places=5, help_text="Width as a fraction of the height.")
    colour = models.CharField(max_length=20, default="red")
    text = models.CharField(max_length=300, blank=True, help_text="The words of a text mark.")
    z = models.PositiveIntegerField(default=0)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    moved_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = ShapeQuerySet.as_manager()

    class Meta:
        ordering = ["z", "created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["pen", "arrow", "line", "box", "ellipse", "text", "highlight"]), name="shape_kind_known"
            ),
            models.CheckConstraint(condition=~Q(kind="text") | ~Q(text=""), name="shape_text_has_words"),
            models.CheckConstraint(condition=Q(stroke__gt=0, stroke__lte=1), name="shape_stroke_fraction"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} on {self.annotation_id}"
