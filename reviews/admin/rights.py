"""Licence records, releases, sign-offs, holds, overrides, deliveries, bundles. Signed and sent things are read-only."""

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from generations.admin.pictures import PicturedAdmin, address, links
from generations.models import Clip
from reviews.actions.holds import lift_hold, place_hold
from reviews.actions.overrides import approve_override
from reviews.models import (
    Bundle,
    CounselInvitation,
    Deliverable,
    Delivery,
    Hold,
    LicenceRecord,
    LicenceRecordVersion,
    Override,
    Reauthentication,
    RecordRelease,
    Release,
    SignOff,
)
from sorahub.accounts.admin.looks import short, state
from sorahub.accounts.admin.scoped import ADMINISTRATORS, ScopedAdmin, ScopedInline
from sorahub.accounts.admin.verbs import Cleaned, ReasonForm, Verb, VerbForm, confirmed
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import person


def _approve(actor: User, row: Override, said: Cleaned) -> Override:
    return approve_override(actor=actor, override=row)


class VersionInline(ScopedInline):
    """The versions of a record."""

    model = LicenceRecordVersion
    fields = readonly_fields = ("version", "governing_set", "starts_at", "ends_at", "drafted_by", "drafted_at")
    joins = ("governing_set", "drafted_by__person")
    show_change_link = True


@admin.register(LicenceRecord)
class LicenceRecordAdmin(PicturedAdmin):
    """One file on each clip's rights."""

    list_display = ("clip", "picture", "project", "created_by", "created_at")
    list_filter = ("clip__project",)
    list_select_related = ("clip__shot", "clip__project", "created_by__person")
    search_fields = ("clip__sha256", "clip__shot__code", "clip__project__name")
    date_hierarchy = "created_at"
    inlines = (VersionInline,)

    @admin.display(description="Project", ordering="clip__project__name")
    def project(self, row: LicenceRecord) -> str:
        """The clip's project."""
        return row.clip.project.name

    def links_for(self, row: LicenceRecord) -> list[dict[str, object]]:
        """Link to the clip's rights page."""
        page = address("reviews:clip-rights", row.clip_id)
        return links(Open_the_rights_page=page)


class RecordReleaseInline(ScopedInline):
    """The releases that a version rests on."""

    model = RecordRelease
    fields = readonly_fields = ("release",)
    joins = ("release",)


@admin.register(LicenceRecordVersion)
class LicenceRecordVersionAdmin(ScopedAdmin):
    """What is being cleared: exact words, exact hash."""

    list_display = ("clip", "version", "governing_set", "starts_at", "ends_at", "drafted_by", "drafted_at")
    list_filter = ("record__clip__project", "ownership", "commercial_use", "indemnity")
    list_select_related = ("record__clip__shot", "governing_set", "drafted_by__person")
    search_fields = ("sha256", "clip_sha256", "record__clip__shot__code")
    ordering = ("-drafted_at",)
    date_hierarchy = "drafted_at"
    inlines = (RecordReleaseInline,)

    @admin.display(description="Clip")
    def clip(self, row: LicenceRecordVersion) -> str:
        """The clip that it is about."""
        return str(row.record.clip)


@admin.register(Release)
class ReleaseAdmin(ScopedAdmin):
    """Consents for what is depicted."""

    list_display = ("subject", "kind", "project", "valid_from", "valid_until", "withdrawn_at")
    list_filter = ("project", "kind", ("withdrawn_at", admin.EmptyFieldListFilter))
    list_select_related = ("project", "created_by__person")
    search_fields = ("subject", "scope", "project__name")
    date_hierarchy = "valid_from"


@admin.register(SignOff)
class SignOffAdmin(PicturedAdmin):
    """Signatures. Nobody changes or deletes one; ending one is a signature of its own."""

    list_display = ("clip", "picture", "said", "signer", "signed_at", "hash", "key_id")
    list_filter = ("meaning", "clip__project")
    list_select_related = ("clip__shot", "signer__person", "record_version", "reauthentication", "revokes")
    search_fields = ("clip_sha256", "record_sha256", "payload_sha256", "clip__shot__code", "signer__person__name")
    date_hierarchy = "signed_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignOff]:
        """With what says whether a time-stamp is awaited."""
        return super().get_queryset(request).with_stamps()  # type: ignore[attr-defined,no-any-return]  # a SignOffQuerySet

    @admin.display(description="Meaning", ordering="meaning")
    def said(self, row: SignOff) -> str:
        """The meaning as a badge, or that it waits for its time-stamp."""
        if row.is_pending:
            return state("pending_timestamp", "Awaiting its time-stamp")
        return state(row.meaning, row.get_meaning_display())

    @admin.display(description="Bytes", ordering="clip_sha256")
    def hash(self, row: SignOff) -> str:
        """The hash that was signed for."""
        return short(row.clip_sha256)

    def links_for(self, row: SignOff) -> list[dict[str, object]]:
        """Link to the receipt."""
        page = address("reviews:sign-off", row.pk)
        return [*links(Open_the_receipt=page), *super().links_for(row)]


@admin.register(Reauthentication)
class ReauthenticationAdmin(ScopedAdmin):
    """Proofs of presence behind signatures."""

    audience = ADMINISTRATORS
    list_display = ("user", "method", "at", "used_at")
    list_select_related = ("user__person",)
    search_fields = ("user__email",)
    date_hierarchy = "at"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Reauthentication]":
        """Return all rows to administrators, none to others."""
        rows = Reauthentication.objects.all()
        return rows if person(request).kind in self.audience else rows.none()


class HoldForm(VerbForm):
    """Which clips are stopped, and why."""

    clips = forms.ModelMultipleChoiceField(Clip.objects.all())
    reason = forms.CharField(max_length=500, widget=forms.Textarea, help_text="Why nothing of them may leave.")
    searched = {"clips": (Hold, "clip")}


def _hold(actor: User, row: None, said: Cleaned) -> None:
    with transaction.atomic():
        for clip in said["clips"]:
            place_hold(actor=actor, clip=clip, reason=said["reason"])


def _lift(actor: User, row: Hold, said: Cleaned) -> Hold:
    return lift_hold(actor=actor, hold=row, reason=said["reason"])


LIFT = Verb(
    "lift",
    "Lift",
    Permission.HOLD,
    _lift,
    ReasonForm,
    intro="What the hold alone stopped may leave again.",
    done="The hold is lifted.",
    applies=lambda row: row.lifted_at is None,
)


@admin.register(Hold)
class HoldAdmin(PicturedAdmin):
    """Stops on clips, placed and lifted by legal approvers."""

    list_display = ("clip", "picture", "__str__", "placed_by", "placed_at", "lifted_at")
    list_filter = ("clip__project", ("lifted_at", admin.EmptyFieldListFilter))
    list_select_related = ("clip__shot", "placed_by__person", "lifted_by__person")
    search_fields = ("reason", "clip__sha256", "clip__shot__code")
    date_hierarchy = "placed_at"
    adds = Verb(
        "add",
        "Place holds",
        Permission.HOLD,
        _hold,
        HoldForm,
        intro="Nothing of these clips leaves the hub until each hold is lifted.",
        done="The holds stand.",
        danger=True,
    )
    verbs = (LIFT,)
    actions = ("lift_chosen",)

    @admin.action(description="Lift, with a reason", permissions=["hold"])
    def lift_chosen(self, request: HttpRequest, rows: "QuerySet[Hold]") -> HttpResponse | None:
        """End the chosen ones, after asking why."""
        return confirmed(self, request, rows, LIFT, "lift_chosen")

    def has_hold_permission(self, request: HttpRequest) -> bool:
        """Say whether the person may place and lift holds."""
        return person(request).may(Permission.HOLD)


@admin.register(Override)
class OverrideAdmin(PicturedAdmin):
    """Two-person exceptions: one asks, another approves."""

    list_display = ("block", "picture", "clip", "requested_by", "approved_by", "expires_at")
    list_filter = ("clip__project", "block", ("approved_at", admin.EmptyFieldListFilter))
    list_select_related = ("clip__shot", "requested_by__person", "approved_by__person")
    search_fields = ("block", "reason", "clip__shot__code")
    date_hierarchy = "requested_at"
    verbs = (
        Verb(
            "approve",
            "Approve",
            Permission.OVERRIDE,
            _approve,
            intro="The block is set aside for this clip until the exception expires. The ledger names both of you.",
            done="Approved.",
            applies=lambda row: row.approved_at is None,
            danger=True,
        ),
    )


@admin.register(Delivery)
class DeliveryAdmin(PicturedAdmin):
    """What left, to whom, under which signature."""

    list_display = ("clip", "picture", "manner", "use", "territory", "delivered_to", "delivered_at", "hash")
    list_filter = ("manner", "clip__project", "use", "territory")
    list_select_related = ("clip__shot", "delivered_to__person", "sign_off")
    search_fields = ("sha256", "clip__shot__code", "delivered_to__person__name")
    date_hierarchy = "delivered_at"

    @admin.display(description="Bytes", ordering="sha256")
    def hash(self, row: Delivery) -> str:
        """The hash that left."""
        return short(row.sha256)


@admin.register(Deliverable)
class DeliverableAdmin(PicturedAdmin):
    """Deliverables."""

    list_display = ("clip", "picture", "standing", "use", "territory", "size", "created_by", "created_at")
    list_filter = ("state", "clip__project")
    list_select_related = ("clip__shot", "created_by__person", "sign_off")
    search_fields = ("sha256", "source_sha256", "clip__shot__code", "error_message")
    date_hierarchy = "created_at"
    hidden = frozenset({"storage_key"})

    @admin.display(description="State", ordering="state")
    def standing(self, row: Deliverable) -> str:
        """The state as a badge."""
        return state("running" if row.state == Deliverable.State.REQUESTED else row.state, row.get_state_display())

    def links_for(self, row: Deliverable) -> list[dict[str, object]]:
        """Link to the download, when there is something to download."""
        page = address("reviews:deliverable-download", row.pk) if row.state == Deliverable.State.READY else ""
        return [*links(Download=page), *super().links_for(row)]


@admin.register(Bundle)
class BundleAdmin(PicturedAdmin):
    """Evidence bundles."""

    list_display = ("clip", "picture", "standing", "variant", "size", "verified_at", "created_by", "created_at")
    list_filter = ("state", "variant", "clip__project")
    list_select_related = ("clip__shot", "created_by__person", "sign_off")
    search_fields = ("sha256", "clip__sha256", "clip__shot__code", "error_message")
    date_hierarchy = "created_at"
    hidden = frozenset({"storage_key"})

    @admin.display(description="State", ordering="state")
    def standing(self, row: Bundle) -> str:
        """The state as a badge."""
        return state("running" if row.state == Bundle.State.REQUESTED else row.state, row.get_state_display())

    def links_for(self, row: Bundle) -> list[dict[str, object]]:
        """Link to the download, when there is something to download."""
        page = address("reviews:bundle-download", row.pk) if row.state == Bundle.State.READY else ""
        return [*links(Download=page), *super().links_for(row)]


@admin.register(CounselInvitation)
class CounselInvitationAdmin(ScopedAdmin):
    """Lawyers of other firms who were asked to sign. The link itself is known to those who have it."""

    list_display = ("firm", "counsel", "record_version", "invited_by", "invited_at", "expires_at", "decided_at")
    list_filter = ("record_version__record__clip__project", ("decided_at", admin.EmptyFieldListFilter))
    list_select_related = ("counsel__person", "record_version", "invited_by__person")
    search_fields = ("firm", "counsel__email", "counsel__person__name", "record_sha256")
    ordering = ("-invited_at",)
    date_hierarchy = "invited_at"
    hidden = frozenset({"token_digest"})
