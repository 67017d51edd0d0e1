"""What hangs on a note besides its marks: earlier wordings, people mentioned, files; and what reaches people of it."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from generations.models import Alarm, Clip, Project
from reviews.models.annotation import Annotation
from reviews.models.ranking import Ranking
from reviews.models.review import Review
from reviews.models.scope import ClipScoped, M
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib.ids import uuid7


class OnAnnotation(ClipScoped[M]):
    """Rows that are as visible as the note they hang on."""

    clip_path = "annotation__clip"
    project_path = "annotation__clip__project"

    def visible_to(self, user: User) -> Self:
        """As the note."""
        return self.filter(annotation__in=Annotation.objects.visible_to(user))


class WordingQuerySet(OnAnnotation["Wording"]):
    """Former wordings and who may read them."""

    def visible_to(self, user: User) -> Self:
        """As the note; guests those of their own notes: what the agency took back before they read it stays taken back."""
        rows = super().visible_to(user)
        return rows.filter(annotation__author=user) if user.kind == Kind.GUEST else rows


class Wording(models.Model):
    """What a note said before it was edited: one row for each edit, numbered from 1."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    annotation = models.ForeignKey(Annotation, on_delete=models.PROTECT, related_name="wordings")
    number = models.PositiveIntegerField()
    body = models.TextField()
    category = models.CharField(max_length=10)
    frame_in = models.PositiveIntegerField()
    frame_out = models.PositiveIntegerField()
    replaced_at = models.DateTimeField(default=timezone.now, editable=False)
    replaced_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = WordingQuerySet.as_manager()

    class Meta:
        ordering = ["annotation", "number"]
        constraints = [models.UniqueConstraint(fields=["annotation", "number"], name="wording_number_unique")]

    def __str__(self) -> str:
        return f"{self.number} of {self.annotation_id}"


class MentionQuerySet(OnAnnotation["Mention"]):
    """Mentions, as visible as their note."""


class Mention(models.Model):
    """A person named in a note with @."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mentions")

    objects = MentionQuerySet.as_manager()

    class Meta:
        ordering = ["annotation", "id"]
        constraints = [models.UniqueConstraint(fields=["annotation", "user"], name="mention_once_per_note")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.annotation_id}"


class AttachmentQuerySet(OnAnnotation["Attachment"]):
    """Files beside notes, as visible as their note."""

    def standing(self) -> Self:
        """Leave out what was taken away, by itself or with its note."""
        return self.filter(deleted_at=None, annotation__deleted_at=None)


class Attachment(models.Model):
    """A file beside a note: write-once bytes under their SHA-256. The id is made by the client."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    annotation = models.ForeignKey(Annotation, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=200, help_text="What the file was called; never part of a path.")
    media_type = models.CharField(max_length=60)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=200)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["annotation", "created_at", "id"]

    def __str__(self) -> str:
        return self.name


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices, each for one person."""

    def visible_to(self, user: User) -> Self:
        """One's own, as long as what they are about may be seen."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        seen = Q(annotation=None) | Q(annotation__in=Annotation.objects.visible_to(user).standing())
        clips = Q(clip=None) | Q(clip__in=Clip.objects.visible_to(user))
        reviews = Q(review=None) | Q(review__in=Review.objects.visible_to(user))
        rankings = Q(ranking=None) | Q(ranking__in=Ranking.objects.visible_to(user))
        alarms = Q(alarm=None) | Q(alarm__in=Alarm.objects.visible_to(user).order_by())
        return self.filter(seen, clips, reviews, rankings, alarms, user=user)

    def unread(self) -> Self:
        """Those that nobody has looked at yet."""
        return self.filter(read_at=None)


class Notice(models.Model):
    """Something that a person should know of: shown in the hub, and mailed where they wish it."""

    class Kind(models.TextChoices):
        """What happened."""

        MENTION = "mention", "You were mentioned"
        REPLY = "reply", "Somebody replied to you"
        DECISION = "decision", "A decision was taken"
        FINISHED = "finished", "A review was finished"
        REMINDER = "reminder", "A review is due"
        REVIEW = "review", "You were asked to review"
        RECALL = "recall", "Stop using a clip that you were given"
        INCIDENT = "incident", "An incident stops a clip"
        RE_REVIEW = "re_review", "Terms changed: licence records are to be read anew"
        SUSPENDED = "suspended", "Terms changed: clips are suspended until legal has read what is new"
        EXTENSION = "extension", "Wider rights are asked for"
        ANSWERED = "answered", "Your request for wider rights was answered"
        EXPIRING = "expiring", "The rights of a clip end soon"
        COUNSEL = "counsel", "Outside counsel is asked to sign"
        READ = "read", "Outside counsel reads the record"
        SIGNED = "signed", "Outside counsel has decided"
        RANKING = "ranking", "You were asked to compare takes"
        RANK_DUE = "rank_due", "A ranking waits for your votes"
        RANK_FULL = "rank_full", "Every judge of a ranking has voted"
        RANKED = "ranked", "A ranking is closed and its takes are named"
        BUDGET = "budget", "A budget needs a look"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind)
    project = models.ForeignKey(
        Project,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="None: of an alarm beyond one.",
    )
    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    alarm = models.ForeignKey(Alarm, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    review = models.ForeignKey(Review, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    ranking = models.ForeignKey(Ranking, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["user", "read_at", "-created_at"], name="notice_by_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "annotation"],
                condition=Q(annotation__isnull=False),
                name="notice_once_per_note",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        *["mention", "reply", "decision", "finished", "reminder", "review", "recall", "incident"],
                        *["re_review", "suspended", "extension", "answered", "expiring", "counsel", "read", "signed"],
                        *["ranking", "rank_due", "rank_full", "ranked", "budget"],
                    ]
                ),
                name="notice_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(project__isnull=False) | Q(alarm__isnull=False), name="notice_is_about_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.user_id}"
