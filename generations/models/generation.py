"""Generation, Batch: one request to a provider and its state."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

from generations.models.account import ProviderAccount
from generations.models.project import Project
from generations.models.prompt import Prompt, Reference
from generations.models.record import CapabilityRecord
from generations.models.scope import ProjectScoped
from sorahub.accounts.models import User
from sorahub.lib.ids import uuid7


class State(models.TextChoices):
    """Where a generation stands. The provider's own word is kept beside it in ``raw_state``."""

    RESERVED = "reserved", "Waiting to be sent"
    SUBMITTING = "submitting", "Being sent"
    SUBMIT_UNKNOWN = "submit_unknown", "Sent, answer missing"
    QUEUED = "queued", "Queued at the provider"
    RUNNING = "running", "Rendering"
    FETCHING = "fetching", "Fetching the file"
    SUCCEEDED = "succeeded", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired at the provider"
    LOST = "lost", "Lost at the provider"


TERMINAL = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED, State.EXPIRED, State.LOST})
POLLED = frozenset({State.QUEUED, State.RUNNING})
ACTIVE = frozenset(set(State) - TERMINAL)
# From each state, where a generation may go. A conditional UPDATE carries every move out; terminal states are sticky.
MOVES: dict[State, frozenset[State]] = {
    State.RESERVED: frozenset({State.SUBMITTING, State.CANCELLED, State.FAILED}),
    State.SUBMITTING: frozenset({State.QUEUED, State.RUNNING, State.FETCHING, State.SUBMIT_UNKNOWN, State.RESERVED, State.FAILED}),
    State.SUBMIT_UNKNOWN: frozenset({State.QUEUED, State.RUNNING, State.FETCHING, State.LOST, State.FAILED}),
    State.QUEUED: frozenset({State.RUNNING, State.FETCHING, State.FAILED, State.CANCELLED, State.EXPIRED, State.LOST}),
    State.RUNNING: frozenset({State.QUEUED, State.FETCHING, State.FAILED, State.CANCELLED, State.EXPIRED, State.LOST}),
    State.FETCHING: frozenset({State.SUCCEEDED, State.FAILED, State.EXPIRED, State.LOST}),
    **{state: frozenset() for state in TERMINAL},
}  # fmt: skip


class ErrorClass(models.TextChoices):
    """Why a generation failed, in our words; the provider's code stays on the row for support."""

    AUTH = "auth", "The provider refused the key"
    ACCOUNT = "account", "The provider account cannot be used (credit, arrears, not activated)"
    INVALID_REQUEST = "invalid_request", "The provider refused the request as invalid"
    MODERATION_INPUT = "moderation_input", "The provider's moderation refused the prompt or a reference"
    MODERATION_OUTPUT = "moderation_output", "The provider's moderation refused the rendered video"
    RATE_LIMITED = "rate_limited", "Too many requests at the provider"
    CONCURRENCY_LIMITED = "concurrency_limited", "Too many generations at once at the provider"
    PROVIDER_TRANSIENT = "provider_transient", "The provider had a passing fault"
    PROVIDER_PERMANENT = "provider_permanent", "The provider no longer offers this"
    EXPIRED_ASSET = "expired_asset", "The result expired before it could be fetched"
    AMBIGUOUS_SUBMIT = "ambiguous_submit", "It is unknown whether the provider took the request"
    INTEGRITY = "integrity", "The file that came is not a sound video"


class BatchQuerySet(ProjectScoped["Batch"]):
    """Batches, scoped by their project."""

    def counted(self) -> Self:
        """Add how many cells each has (``cell_count``) and how many of them have ended (``ended_count``) or brought a clip
        (``clip_count``, repetitions included); subqueries, so that a list costs one statement.
        """
        firsts = Generation.objects.filter(batch=models.OuterRef("pk"), retry_of=None)
        clips = Generation.objects.filter(batch=models.OuterRef("pk"), clip__isnull=False)
        return self.annotate(
            cell_count=_counted(firsts),
            ended_count=_counted(firsts.filter(state__in=TERMINAL)),
            clip_count=_counted(clips),
        )

    def by_standing(self) -> Self:
        """Add how many cells are done, under way, wait to be sent, or ended without a clip (``cells_…``), each by the try that
        nobody asked for again; subqueries, so that a list costs one statement.
        """
        last = Generation.objects.filter(batch=models.OuterRef("pk"), retries=None)
        without = last.filter(clip=None)
        return self.annotate(
            cells_done=_counted(last.filter(clip__isnull=False)),
            cells_waiting=_counted(without.filter(state=State.RESERVED)),
            cells_under_way=_counted(without.filter(state__in=ACTIVE - {State.RESERVED})),
            cells_without=_counted(without.filter(state__in=TERMINAL)),
        )


def _counted(rows: "models.QuerySet[Generation]") -> Coalesce:
    number = rows.order_by().values("batch").annotate(number=models.Count("pk")).values("number")
    return Coalesce(models.Subquery(number), 0)


class Batch(models.Model):
    """Generations launched together over a matrix of parameters.

    ``matrix`` is the definition as it was launched (see rules/matrix.py; empty for batches older than that), ``left_out`` the
    cells of it that were not launched, each with the reasons that were shown before. Neither changes afterwards.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="batches")
    name = models.CharField(max_length=200)
    matrix = models.JSONField(default=dict, blank=True, editable=False)
    left_out = models.JSONField(default=list, blank=True, editable=False)
    duplicated_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="duplicates"
    )
    like = models.ForeignKey(
        "generations.Generation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="more",
        help_text="The take of which this makes more.",
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name


class GenerationQuerySet(ProjectScoped["Generation"]):
    """Generations, scoped by their prompt's project."""

    project_path = "project"

    def active(self) -> Self:
        """Those that still have work to do."""
        return self.filter(state__in=ACTIVE)

    def due_for_poll(self, at: datetime) -> Self:
        """Those to be asked for at the provider now."""
        return self.filter(state__in=POLLED, next_poll_at__lte=at)

    def for_list(self) -> Self:
        """Join what a list shows, so that it costs one query."""
        return self.select_related("prompt__shot", "project__client", "account", "clip", "created_by__person")


class Generation(models.Model):
    """One request to a provider for one prompt version with exact parameters.

    ``project`` repeats prompt.shot.project so that lists and rights need no join over two tables (a constraint of the
    action, tested). ``idempotency_key`` makes our own launch repeatable without a second row. Money is in micro-units.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="generations")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="generations")
    account = models.ForeignKey(ProviderAccount, on_delete=models.PROTECT, related_name="generations")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, blank=True, related_name="generations")
    references = models.ManyToManyField(
        Reference, blank=True, related_name="generations", through="generations.GenerationReference"
    )
    cell = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="Its place in the batch's matrix: of each axis, which value.",
    )
    source = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="derived",
        help_text="What a remix, edit or extension starts from.",
    )
    model = models.CharField(max_length=100)
    mode = models.CharField(max_length=50, default="text_to_video")
    params = models.JSONField(default=dict, help_text="What was asked: seconds, size, seed …")
    drawn_seed = models.BigIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="Sent where no seed was asked for, so that this order can be told from every other.",
    )
    capability_version = models.CharField(max_length=60, help_text="The catalogue entry this was checked against.")
    capability_record = models.ForeignKey(
        CapabilityRecord, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="generations"
    )
    idempotency_key = models.CharField(max_length=100, null=True, blank=True, editable=False)  # noqa: DJ001 (NULL: no key given)

    state = models.CharField(max_length=20, choices=State, default=State.RESERVED)
    raw_state = models.CharField(max_length=100, blank=True)
    alarm = models.CharField(max_length=200, blank=True, help_text="Something a person should look at.")
    priority = models.SmallIntegerField(default=0, help_text="Higher goes first among this project's own.")
    cancel_requested_at = models.DateTimeField(null=True, blank=True, editable=False)
    recovered_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When a clip came after the generation had ended without one."
    )
    progress = models.PositiveSmallIntegerField(default=0, help_text="Percent, the most that the provider has told.")
    remote_id = models.CharField(max_length=1000, null=True, blank=True, editable=False)  # noqa: DJ001 (NULL: not known yet)
    actual = models.JSONField(default=dict, blank=True, help_text="What the provider says it used.")
    submitted_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the provider said that it had finished it."
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    deadline_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When we stop waiting; the provider may still finish it, and that is recovered.",
    )
    next_poll_at = models.DateTimeField(null=True, blank=True)
    poll_count = models.PositiveIntegerField(default=0)
    poll_failures = models.PositiveIntegerField(default=0)
    provider_created_at = models.DateTimeField(null=True, blank=True)
    provider_expires_at = models.DateTimeField(null=True, blank=True)
    response_sha256 = models.CharField(max_length=64, blank=True, help_text="Hash of the provider's last raw answer.")

    error_class = models.CharField(max_length=30, choices=ErrorClass, blank=True)
    error_code = models.CharField(max_length=200, blank=True)
    error_message = models.TextField(blank=True)
    retry_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="retries")

    estimate_micro = models.PositiveBigIntegerField(help_text="Estimated cost in millionths of the currency unit.")
    settled_micro = models.PositiveBigIntegerField(null=True, blank=True, help_text="What it cost in the end.")
    currency = models.CharField(max_length=3, default="USD", help_text="Of the estimate.")
    settled_currency = models.CharField(max_length=3, blank=True, help_text="Of what it cost; empty: the estimate's.")

    clip = models.ForeignKey(
        "generations.Clip", on_delete=models.PROTECT, null=True, blank=True, related_name="generations"
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = GenerationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["project", "-created_at", "-id"], name="generation_by_project"),
            models.Index(
                fields=["account", "next_poll_at"],
                condition=models.Q(state__in=["queued", "running"]),
                name="generation_to_poll",
            ),
            models.Index(fields=["state", "created_at"], name="generation_by_state"),
            models.Index(fields=["account", "submitted_at"], name="generation_sent"),
            models.Index(fields=["finished_at"], name="generation_by_end"),
            models.Index(
                fields=["account", "model", "state", "created_at"],
                condition=models.Q(
                    state__in=["reserved", "submitting", "submit_unknown", "queued", "running", "fetching"]
                ),
                name="generation_under_way",
            ),
            models.Index(
                fields=["account", "next_poll_at"],
                condition=models.Q(state="lost", next_poll_at__isnull=False),
                name="generation_late",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="generation_state_known"),
            models.CheckConstraint(condition=models.Q(progress__lte=100), name="generation_progress_percent"),
            models.UniqueConstraint(
                fields=["account", "remote_id"], condition=models.Q(remote_id__isnull=False), name="generation_remote_once"
            ),
            models.UniqueConstraint(
                fields=["created_by", "idempotency_key"],
                condition=models.Q(idempotency_key__isnull=False),
                name="generation_idempotent",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="succeeded") | models.Q(clip__isnull=False), name="generation_done_has_clip"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["queued", "running", "fetching"]) | models.Q(remote_id__isnull=False),
                name="generation_running_has_remote_id",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.model} · {self.get_state_display()}"

    @property
    def is_active(self) -> bool:
        """Whether there is still something to wait for."""
        return self.state in ACTIVE


class GenerationReference(models.Model):
    """A reference as it was given to one generation: in which role, at which place in the order."""

    id = models.BigAutoField(primary_key=True)
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="given")
    reference = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="uses")
    role = models.CharField(max_length=40, default="first_frame")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["generation", "position"], name="given_reference_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.reference_id}"
