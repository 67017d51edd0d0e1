"""Clips, what was derived from them, how they came here, and who may see them."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from generations.actions.descent import MadeFrom
from generations.actions.filing_clips import file_clips
from generations.actions.shots import select_take
from generations.actions.uploads import receive_upload
from generations.actions.withdrawing import bring_back_clip, withdraw_clip
from generations.admin.pictures import PicturedAdmin, address, links
from generations.models import (
    Clip,
    ClipGrant,
    ClipParent,
    Project,
    ProvenanceReport,
    Rendition,
    Shot,
    Upload,
    Withdrawal,
)
from sorahub.accounts.admin.looks import short, state
from sorahub.accounts.admin.scoped import ScopedInline
from sorahub.accounts.admin.verbs import Cleaned, ReasonForm, Verb, VerbForm, confirmed
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import person


class UploadForm(VerbForm):
    """A finished clip with its story."""

    project = forms.ModelChoiceField(Project.objects.all())
    shot = forms.ModelChoiceField(Shot.objects.all(), required=False)
    file = forms.FileField(help_text="MP4, MOV, MKV or WebM.")
    declared_model = forms.CharField(label="Model", max_length=100, help_text="Which model made it, such as sora-2.")
    declared_route = forms.CharField(label="Service", max_length=100, help_text="Through which service it was made.")
    declared_prompt = forms.CharField(label="Prompt", widget=forms.Textarea, required=False)
    declared_made_on = forms.DateField(label="Made on", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    made_from = forms.ModelMultipleChoiceField(
        Clip.objects.all(), required=False, label="Made from", help_text="Clips that it is a cut or an edit of."
    )
    operation = forms.CharField(max_length=200, required=False, label="What was done to them")
    declaration = forms.BooleanField(label="I vouch for what is said here about this clip.", required=False)
    searched = {"project": (Upload, "project"), "shot": (Upload, "shot"), "made_from": (ClipParent, "parent")}

    def clean_file(self) -> "UploadedFile[Any]":
        """Refuse what is larger than the hub takes, before it is looked at."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
            raise forms.ValidationError(f"The file is larger than the {settings.UPLOAD_MAX_BYTES:,} bytes allowed.")
        return file


class FileForm(VerbForm):
    """Which shot a clip is to be a take of."""

    shot = forms.ModelChoiceField(Shot.objects.filter(archived_at=None))
    searched = {"shot": (Clip, "shot")}


def _file(actor: User, row: Clip, said: Cleaned) -> Clip:
    return file_clips(actor=actor, clips=[row], shot=said["shot"])[0]


def _upload(actor: User, row: None, said: Cleaned) -> Upload:
    story = dict(said)
    operation = story.pop("operation")
    parents = [MadeFrom(parent, operation) for parent in story.pop("made_from")]
    return receive_upload(actor=actor, original_name=said["file"].name or "", made_from=parents, **story)


def _select(actor: User, row: Clip, said: Cleaned) -> None:
    if row.shot is not None:
        select_take(actor=actor, shot=row.shot, clip=row)


def _withdraw(actor: User, row: Clip, said: Cleaned) -> Clip:
    withdraw_clip(actor=actor, clip=row, reason=said["reason"])
    return row


def _bring_back(actor: User, row: Clip, said: Cleaned) -> Clip:
    bring_back_clip(actor=actor, clip=row, reason=said["reason"])
    return row


FILE = Verb(
    "file",
    "File under a shot",
    Permission.MANAGE_PROJECT,
    _file,
    FileForm,
    intro="It becomes the shot’s next take and stays with it. It is not selected by that.",
    done="It is a take of the shot now.",
    applies=lambda row: row.shot_id is None,
)
WITHDRAW = Verb(
    "withdraw",
    "Withdraw",
    Permission.MANAGE_PROJECT,
    _withdraw,
    ReasonForm,
    intro="It is taken out of use: no selected take, put before nobody, cleared for nothing. Bytes, notes and decisions stay.",
    done="It is withdrawn.",
    applies=lambda row: row.withdrawn_at is None,
    danger=True,
)
BRING_BACK = Verb(
    "bring_back",
    "Bring back",
    Permission.MANAGE_PROJECT,
    _bring_back,
    ReasonForm,
    intro="It can be worked with again. It is not selected by that.",
    done="It is back.",
    applies=lambda row: row.withdrawn_at is not None,
)


class WithdrawalInline(ScopedInline):
    """When it was taken out of use or brought back, by whom and why."""

    model = Withdrawal
    fields = readonly_fields = ("withdrawn", "reason", "by", "at")
    joins = ("by__person",)


class RenditionInline(ScopedInline):
    """What was derived from the clip."""

    model = Rendition
    fields = readonly_fields = ("kind", "media_type", "size", "created_at")


@admin.register(Clip)
class ClipAdmin(PicturedAdmin):
    """Write-once video bytes."""

    clip_path = "pk"
    list_display = ("__str__", "picture", "project", "length", "frame_size", "hash", "origin", "created_at")
    list_filter = (
        "project",
        "origin",
        "completeness",
        ("quarantined_at", admin.EmptyFieldListFilter),
        ("withdrawn_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("project", "shot", "created_by__person", "declared_by__person")
    search_fields = ("sha256", "original_name", "shot__code", "shot__title", "declared_model", "project__name")
    date_hierarchy = "created_at"
    hidden = frozenset({"storage_key"})
    inlines = (RenditionInline, WithdrawalInline)
    verbs = (
        Verb(
            "select",
            "Make it the selected take",
            Permission.CHOOSE,
            _select,
            intro="It takes the place of the take selected so far.",
            done="This is the selected take of its shot.",
            applies=lambda row: row.shot_id is not None and row.shot.selected_clip_id != row.pk,
        ),
        FILE,
        WITHDRAW,
        BRING_BACK,
    )
    actions = ("file_chosen", "withdraw_chosen", "bring_back_chosen")

    @admin.action(description="File under a shot, the oldest first", permissions=["manage"])
    def file_chosen(self, request: HttpRequest, rows: "QuerySet[Clip]") -> HttpResponse | None:
        """Make the chosen ones takes of a shot, after asking which."""
        return confirmed(self, request, rows.order_by("pk"), FILE, "file_chosen")

    @admin.action(description="Withdraw, with a reason", permissions=["manage"])
    def withdraw_chosen(self, request: HttpRequest, rows: "QuerySet[Clip]") -> HttpResponse | None:
        """Take the chosen ones out of use, after asking why."""
        return confirmed(self, request, rows, WITHDRAW, "withdraw_chosen")

    @admin.action(description="Bring back, with a reason", permissions=["manage"])
    def bring_back_chosen(self, request: HttpRequest, rows: "QuerySet[Clip]") -> HttpResponse | None:
        """Let the chosen ones be used again, after asking why."""
        return confirmed(self, request, rows, BRING_BACK, "bring_back_chosen")

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Say whether the person may take clips out of use."""
        return person(request).may(Permission.MANAGE_PROJECT)

    @admin.display(description="Length")
    def length(self, row: Clip) -> str:
        """Frames and rate: exact, no seconds."""
        rate = str(row.rate_num) if row.rate_den == 1 else f"{row.rate_num}/{row.rate_den}"
        return f"{row.frame_count} frames at {rate}"

    @admin.display(description="Size")
    def frame_size(self, row: Clip) -> str:
        """Width and height in pixels."""
        return f"{row.width}×{row.height}"

    @admin.display(description="SHA-256", ordering="sha256")
    def hash(self, row: Clip) -> str:
        """The hash that names these bytes."""
        return short(row.sha256)


@admin.register(Rendition)
class RenditionAdmin(PicturedAdmin):
    """Derived files: replaceable, never evidence."""

    list_display = ("clip", "picture", "kind", "media_type", "size", "created_at")
    list_filter = ("kind", "clip__project")
    list_select_related = ("clip__shot",)
    search_fields = ("clip__sha256", "clip__original_name", "clip__shot__code")
    hidden = frozenset({"storage_key"})


@admin.register(ProvenanceReport)
class ProvenanceReportAdmin(PicturedAdmin):
    """What each file carried when it came: Content Credentials, AIGC block, XMP."""

    list_display = ("clip", "picture", "c2pa_state", "created_at")
    list_filter = ("c2pa_state", "clip__project")
    list_select_related = ("clip__shot",)
    search_fields = ("clip__sha256", "clip__original_name", "clip__shot__code")
    date_hierarchy = "created_at"


@admin.register(Upload)
class UploadAdmin(PicturedAdmin):
    """Finished clips on their way in."""

    list_display = (
        "original_name",
        "picture",
        "standing",
        "project",
        "shot",
        "declared_model",
        "created_by",
        "created_at",
    )
    list_filter = ("state", "project", "declared_model")
    list_select_related = ("project", "shot", "created_by__person", "clip__shot")
    search_fields = ("original_name", "declared_model", "declared_route", "error_message", "project__name")
    date_hierarchy = "created_at"
    adds = Verb(
        "add",
        "Upload a finished clip",
        Permission.UPLOAD,
        _upload,
        UploadForm,
        "Its story goes into the evidence: say what made it, and vouch for it.",
        "The file is here and is being checked. This page shows the outcome.",
    )

    @admin.display(description="State", ordering="state")
    def standing(self, row: Upload) -> str:
        """The state as a badge."""
        words = {"received": "running", "ingested": "done"}
        return state(words.get(row.state, row.state), row.get_state_display())

    def links_for(self, row: Upload) -> list[dict[str, object]]:
        """Link to its own page and to its clip."""
        page = address("generations:upload-state", row.pk)
        return [*links(Open_the_upload=page), *super().links_for(row)]


@admin.register(ClipGrant)
class ClipGrantAdmin(PicturedAdmin):
    """Which guest sees which clip. Sending a review grants; revoking it ends the grant."""

    list_display = ("clip", "picture", "user", "granted_by", "granted_at", "revoked_at")
    list_filter = ("clip__project", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("clip__shot", "user__person", "granted_by__person")
    search_fields = ("user__email", "user__person__name", "clip__shot__code")
    date_hierarchy = "granted_at"
