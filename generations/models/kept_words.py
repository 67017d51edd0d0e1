"""KeptWords: snippets, templates and sheets, version by version; what prompts used of them; and the names a client watches."""

from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from generations.models.character import Character
from generations.models.project import Project
from generations.models.prompt import Prompt, Reference
from generations.models.scope import AppendOnlyProjectScoped
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind as PersonKind
from sorahub.ledger.models import AppendOnly, AppendOnlyQuerySet
from sorahub.lib.ids import uuid7


def _reach(user: User, path: str = "") -> Q | None:
    """What narrows kept words (or rows that reach theirs by ``path``) to a person; None: nothing is left out."""
    if user.kind == PersonKind.ADMINISTRATOR:
        return None
    mine = user.memberships.values("project_id")
    clients = Project.objects.filter(pk__in=mine).values("client_id")
    shared = Q(**{f"{path}project": None}) & (Q(**{f"{path}client": None}) | Q(**{f"{path}client__in": clients}))
    return shared | Q(**{f"{path}project__in": mine})


def _sees_nothing(user: User) -> bool:
    return not user.is_authenticated or not user.is_active or user.kind == PersonKind.GUEST


class KeptWordsQuerySet(models.QuerySet["KeptWords"]):
    """Words kept for reuse and who may see them."""

    def visible_to(self, user: User) -> Self:
        """Administrators see all; others those of every client, of their projects' clients, and of their projects; guests none."""
        if _sees_nothing(user):
            return self.none()
        reach = _reach(user)
        return self if reach is None else self.filter(reach)

    def within(self, project: Project) -> Self:
        """Those that prompts of this project may use: the hub's, the client's and the project's own."""
        shared = Q(project=None) & (Q(client=None) | Q(client=project.client_id))
        return self.filter(shared | Q(project=project.pk))

    def open(self) -> Self:
        """Leave out what is archived."""
        return self.filter(archived_at=None)

    def mentioning(self, text: str) -> Self:
        """Keep those that have every word of ``text`` in their name, their title or their newest words."""
        newest = KeptVersion.objects.filter(kept=OuterRef("pk")).order_by("-version").values("text")[:1]
        rows = self.alias(newest_text=Subquery(newest))
        for word in text.split():
            rows = rows.filter(Q(title__icontains=word) | Q(name__icontains=word) | Q(newest_text__icontains=word))
        return rows


class KeptWords(models.Model):
    """Words kept for reuse, by a name: a snippet, a template for whole prompts, or a sheet about a character, style, place or product.

    It belongs to a client, to one of the client's projects, or (without either) to every client of the hub. A prompt's source
    calls it as ``{{snippet:name}}`` or ``{{sheet:name}}``; prompts are started from a template. Its words are its versions'.
    """

    class Sort(models.TextChoices):
        """How it is used."""

        SNIPPET = "snippet", "Snippet"
        TEMPLATE = "template", "Template"
        SHEET = "sheet", "Sheet"

    class Kind(models.TextChoices):
        """What it is about."""

        BRAND = "brand", "Brand"
        CAMERA = "camera", "Camera"
        LIGHT = "light", "Light"
        LOOK = "look", "Look and colour"
        MOTION = "motion", "Motion"
        SOUND = "sound", "Sound"
        CHARACTER = "character", "Character"
        STYLE = "style", "Style"
        PLACE = "place", "Place"
        PRODUCT = "product", "Product"
        OTHER = "other", "Other"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sort = models.CharField(max_length=10, choices=Sort)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.OTHER)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="kept_words")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="kept_words")
    name = models.CharField(max_length=60, help_text="By which prompts call it: small letters, digits, hyphens.")
    title = models.CharField(max_length=200)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = KeptWordsQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "kept words"
        ordering = ["sort", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "sort", "name"],
                condition=Q(client__isnull=False),
                name="kept_words_name_once_in_client",
                violation_error_code="unique",
                violation_error_message="This client has one of this name already.",
            ),
            models.UniqueConstraint(
                fields=["sort", "name"],
                condition=Q(client__isnull=True),
                name="kept_words_name_once_in_hub",
                violation_error_code="unique",
                violation_error_message="The hub has one of this name already.",
            ),
            models.CheckConstraint(
                condition=Q(sort__in=["snippet", "template", "sheet"]), name="kept_words_sort_known"
            ),
            models.CheckConstraint(
                condition=Q(project__isnull=True) | Q(client__isnull=False), name="kept_words_project_has_client"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def called(self) -> str:
        """How a prompt's source calls it, without the braces."""
        return f"{self.sort}:{self.name}"


class KeptVersionQuerySet(AppendOnlyQuerySet["KeptVersion"]):
    """Versions, seen with their kept."""

    def visible_to(self, user: User) -> Self:
        """As the kept is."""
        if _sees_nothing(user):
            return self.none()
        reach = _reach(user, "kept__")
        return self if reach is None else self.filter(reach)


class KeptVersion(AppendOnly):
    """One immutable version of kept words. Editing makes the next.

    ``shots`` (templates): a list of prompt and seconds. ``defaults``: values of variables where a prompt gives none.
    ``hints`` (templates): names of models that it is written for, the preferred one first.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kept = models.ForeignKey(KeptWords, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    text = models.TextField()
    negative = models.TextField(blank=True)
    shots = models.JSONField(default=list, blank=True)
    defaults = models.JSONField(default=dict, blank=True)
    hints = models.JSONField(default=list, blank=True)
    note = models.CharField(max_length=300, blank=True, help_text="What changed, and why.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = KeptVersionQuerySet.as_manager()

    class Meta:
        ordering = ["kept", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["kept", "version"], name="kept_words_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="kept_words_version_from_one"),
            models.CheckConstraint(condition=~Q(text=""), name="kept_words_has_words"),
        ]

    def __str__(self) -> str:
        return f"{self.kept.called} v{self.version}"


class SheetPartQuerySet(AppendOnlyQuerySet["SheetPart"]):
    """What goes with versions of sheets, append-only."""

    def visible_to(self, user: User) -> Self:
        """As the kept is."""
        if _sees_nothing(user):
            return self.none()
        reach = _reach(user, "version__kept__")
        return self if reach is None else self.filter(reach)


class SheetPart(AppendOnly):
    """What a version of a sheet shows besides its words: a reference in a role, or a character that a provider has learnt."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(KeptVersion, on_delete=models.PROTECT, related_name="parts")
    position = models.PositiveSmallIntegerField()
    reference = models.ForeignKey(
        Reference, on_delete=models.PROTECT, null=True, blank=True, related_name="sheet_parts"
    )
    role = models.CharField(max_length=40, blank=True, help_text="Empty: the first place that the model has for it.")
    character = models.ForeignKey(
        Character, on_delete=models.PROTECT, null=True, blank=True, related_name="sheet_parts"
    )

    objects = SheetPartQuerySet.as_manager()

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="sheet_part_position_once"),
            models.CheckConstraint(
                condition=Q(reference__isnull=False, character__isnull=True)
                | Q(reference__isnull=True, character__isnull=False),
                name="sheet_part_is_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return str(self.reference or self.character)


class PromptUseQuerySet(AppendOnlyProjectScoped["PromptUse"]):  # type: ignore[override]  # as_manager, by the plugin
    """What prompts used, scoped by their prompt's project."""

    project_path = "prompt__shot__project"


class PromptUse(AppendOnly):
    """A version of kept words that one version of a prompt used: a snippet, a sheet, or the template that it was started from."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="uses")
    version = models.ForeignKey(KeptVersion, on_delete=models.PROTECT, related_name="uses")
    position = models.PositiveSmallIntegerField()

    objects = PromptUseQuerySet.as_manager()

    class Meta:
        ordering = ["prompt", "position"]
        constraints = [models.UniqueConstraint(fields=["prompt", "version"], name="prompt_uses_version_once")]

    def __str__(self) -> str:
        return f"{self.prompt_id} uses {self.version_id}"


class KnownNameQuerySet(models.QuerySet["KnownName"]):
    """Names that clients watch, and who may see them."""

    def visible_to(self, user: User) -> Self:
        """Administrators see all; others those of their projects' clients; guests none."""
        if _sees_nothing(user):
            return self.none()
        if user.kind == PersonKind.ADMINISTRATOR:
            return self
        mine = user.memberships.values("project_id")
        return self.filter(client__in=Project.objects.filter(pk__in=mine).values("client_id"))

    def open(self) -> Self:
        """Leave out what is archived."""
        return self.filter(archived_at=None)


class KnownName(models.Model):
    """A name that prompts for a client are looked through for: a person, a brand, a work or a place.

    ``needs_release``: using it calls for somebody's consent; which releases there are is known to reviews. Without it the
    name is known to be free to use here, and no longer pointed at.
    """

    class Sort(models.TextChoices):
        """What bears the name."""

        PERSON = "person", "Person"
        BRAND = "brand", "Brand"
        WORK = "work", "Work (film, book, song, figure)"
        PLACE = "place", "Place or building"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="known_names")
    name = models.CharField(max_length=120)
    sort = models.CharField(max_length=10, choices=Sort)
    needs_release = models.BooleanField(default=True)
    note = models.CharField(max_length=300, blank=True, help_text="Who to ask, or why it is free to use.")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = KnownNameQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "name"],
                condition=Q(archived_at__isnull=True),
                name="known_name_once_in_client",
                violation_error_code="unique",
                violation_error_message="This client has this name already.",
            ),
            models.CheckConstraint(condition=Q(sort__in=["person", "brand", "work", "place"]), name="known_name_sort"),
        ]

    def __str__(self) -> str:
        return self.name
