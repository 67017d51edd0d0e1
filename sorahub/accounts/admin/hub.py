"""The hub's plumbing in the admin site: jobs and heartbeats (administrators only), the ledger (whoever may read it)."""

import datetime as dt
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from sorahub.accounts.admin.looks import state
from sorahub.accounts.admin.scoped import ADMINISTRATORS, ScopedAdmin
from sorahub.accounts.admin_site import add_panel
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import person
from sorahub.jobs.models import Heartbeat, Job, JobState
from sorahub.ledger.models import Chain, Checkpoint, Event


class PlumbingAdmin(ScopedAdmin):
    """Rows that belong to no project: administrators see all of them, nobody else any."""

    audience = ADMINISTRATORS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return all rows to administrators."""
        rows: QuerySet[Any] = self.model._default_manager.all()
        return rows if person(request).kind in self.audience else rows.none()


@admin.register(Job)
class JobAdmin(PlumbingAdmin):
    """Work to be done, with what it said when it failed."""

    list_display = ("kind", "standing", "attempt", "run_at", "finished_at", "error_code", "subject_id")
    list_filter = ("state", "kind", "error_code")
    search_fields = ("key", "kind", "error_message", "subject_id")
    ordering = ("-run_at", "-id")
    date_hierarchy = "run_at"

    @admin.display(description="State", ordering="state")
    def standing(self, row: Job) -> str:
        """The state as a badge."""
        return state(row.state)


@admin.register(Heartbeat)
class HeartbeatAdmin(PlumbingAdmin):
    """When each cluster last did anything."""

    list_display = ("name", "beat_at", "process")


class LedgerAdmin(ScopedAdmin):
    """The ledger: administrators read every chain, others who may read it those of the clients they see."""

    reads = Permission.SEE_LEDGER
    chain_path = "chain__"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Narrow to the chains of the clients in sight."""
        rows: QuerySet[Any] = self.model._default_manager.all()
        reader = person(request)
        if not reader.may(Permission.SEE_LEDGER):
            return rows.none()
        if reader.kind == Kind.ADMINISTRATOR:
            return rows
        return rows.filter(**{f"{self.chain_path}client_id__in": Client.objects.visible_to(reader).values("pk")})


@admin.register(Chain)
class ChainAdmin(LedgerAdmin):
    """One hash chain for each client, and the hub's own."""

    chain_path = ""
    list_display = ("key", "size", "head")
    search_fields = ("key",)


@admin.register(Event)
class EventAdmin(LedgerAdmin):
    """What was done, by whom, to what. People appear as ids; their words are kept elsewhere."""

    list_display = ("at", "kind", "seq", "chain", "actor", "subject_type", "subject_id")
    list_filter = ("kind", "subject_type")
    list_select_related = ("chain",)
    search_fields = ("kind", "subject_id", "actor")
    ordering = ("-at", "-seq")
    date_hierarchy = "at"


@admin.register(Checkpoint)
class CheckpointAdmin(LedgerAdmin):
    """Signed statements of a chain's size and root."""

    list_display = ("at", "chain", "size", "root", "key_id")
    list_select_related = ("chain",)
    search_fields = ("root", "key_id")
    ordering = ("-at",)
    date_hierarchy = "at"


def plumbing(user: User) -> dict[str, Any] | None:
    """Tell administrators how jobs and clusters do; others nothing."""
    if user.kind not in ADMINISTRATORS:
        return None
    counts = dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))
    now = timezone.now()
    late = Job.objects.filter(state=JobState.QUEUED, run_at__lt=now - dt.timedelta(minutes=1)).count()
    beats = [{"row": row, "fresh": now - row.beat_at < dt.timedelta(minutes=2)} for row in Heartbeat.objects.all()]
    return {"counts": {each: counts.get(each, 0) for each in JobState.values}, "late": late, "beats": beats}


add_panel("admin/panels/plumbing.html", plumbing, last=True)
