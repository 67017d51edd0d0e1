"""Generations: launched, watched, cancelled, repeated and settled here."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from generations.actions.batch_cells import cancel_waiting, retry_safe
from generations.actions.booking import MOST_PRIORITY
from generations.actions.budgets import settle_generation
from generations.actions.cancelling import cancel_generation, objection
from generations.actions.priorities import set_priority
from generations.actions.refetching import fetch_again
from generations.actions.refetching import objection as unfetchable
from generations.actions.retries import retry_generation
from generations.admin.launching import LAUNCH_ANY
from generations.admin.money import Amount, micro
from generations.admin.pictures import PicturedAdmin, address, links
from generations.admin.watching import TimelineInline
from generations.models import Batch, Generation, GenerationReference, SpendEntry, State
from generations.models.generation import TERMINAL
from sorahub.accounts.admin.looks import money, state
from sorahub.accounts.admin.scoped import ScopedAdmin, ScopedInline
from sorahub.accounts.admin.verbs import Cleaned, Verb, VerbForm, confirmed
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import person
from sorahub.lib.errors import Conflict


def _cancel(actor: User, row: Generation, said: Cleaned) -> Generation:
    return cancel_generation(actor=actor, generation=row, reason=said["reason"])


def _retry(actor: User, row: Generation, said: Cleaned) -> Generation:
    return retry_generation(actor=actor, generation=row)


def _fetch_again(actor: User, row: Generation, said: Cleaned) -> Generation:
    return fetch_again(actor=actor, generation=row)


class CancelForm(VerbForm):
    """Why, for those who wonder."""

    reason = forms.CharField(max_length=300, required=False, help_text="Stands in its story.")


class WhyForm(CancelForm):
    """Why, for those who wonder; asked of everybody who acts on many at once."""

    reason = forms.CharField(max_length=300, help_text="Stands in the story of each.")


class PriorityForm(VerbForm):
    """Its place among those that wait."""

    priority = forms.IntegerField(
        min_value=-MOST_PRIORITY, max_value=MOST_PRIORITY, help_text="Higher goes first among its project’s own."
    )


def _set_priority(actor: User, row: Generation, said: Cleaned) -> Generation:
    return set_priority(actor=actor, generation=row, priority=said["priority"])


CANCEL = Verb(
    "cancel",
    "Cancel",
    Permission.GENERATE,
    _cancel,
    CancelForm,
    intro="What has not been sent costs nothing. Else the provider is asked, where it can be; a clip that is done first stays.",
    done="Cancelled, or the provider is being asked: its page tells.",
    applies=lambda row: row.is_active and row.cancel_requested_at is None and objection(row) is None,
    danger=True,
)
RETRY = Verb(
    "retry",
    "Ask again",
    Permission.GENERATE,
    _retry,
    intro="A new generation with the same words and parameters. It costs what the first was estimated at.",
    done="Asked again: this is the new generation.",
    applies=lambda row: row.state in TERMINAL and row.state != State.SUCCEEDED,
)

FETCH_AGAIN = Verb(
    "fetch_again",
    "Fetch again",
    Permission.GENERATE,
    _fetch_again,
    intro="The provider has made it and still keeps the file: it is fetched once more. Nothing is ordered.",
    done="It is being fetched: its page tells.",
    applies=lambda row: unfetchable(row) is None,
)


PRIORITY = Verb(
    "priority",
    "Set the priority",
    Permission.GENERATE,
    _set_priority,
    PriorityForm,
    intro="For those that wait to be sent; it decides nothing between projects.",
    done="Its place is set.",
    applies=lambda row: row.state == State.RESERVED,
)


class CostForm(VerbForm):
    """What it cost in all, and who says so."""

    total = Amount(help_text="In all, in the currency of its cost.")
    reason = forms.CharField(max_length=200, help_text="Where the figure comes from, such as the provider's bill.")


def _settle(actor: User, row: Generation, said: Cleaned) -> Generation:
    total = micro(said["total"]) or 0
    return settle_generation(actor=actor, generation=row, total_micro=total, reason=said["reason"])


SETTLE = Verb(
    "settle",
    "Say what it cost",
    Permission.GENERATE,
    _settle,
    CostForm,
    intro="For one that was lost with its money still set aside, or a figure that the provider's bill contradicts.",
    done="The journal and the budgets follow this figure.",
    applies=lambda row: row.state in TERMINAL,
)


class SpendInline(ScopedInline):
    """What was set aside, settled, released."""

    model = SpendEntry
    fields = readonly_fields = ("kind", "amount", "basis", "at")

    @admin.display(description="Amount")
    def amount(self, row: SpendEntry) -> str:
        """The amount in words."""
        return money(row.amount_micro, row.currency)


class GivenInline(ScopedInline):
    """The references that were given along, each in its role."""

    model = GenerationReference
    fields = readonly_fields = ("reference", "role")


@admin.register(Generation)
class GenerationAdmin(PicturedAdmin):
    """One request to a provider, its state and what came of it."""

    list_display = ("shot", "picture", "standing", "project", "model", "account", "cost", "created_at", "alarm")
    list_filter = ("state", "project", "account", "model", "error_class")
    list_select_related = (
        "prompt__shot",
        "project",
        "account",
        "clip__shot",
        "created_by__person",
        "batch",
        "retry_of",
        "source",
    )
    search_fields = ("prompt__text", "prompt__shot__code", "model", "remote_id", "error_message", "id")
    ordering = ("-created_at", "-id")
    date_hierarchy = "created_at"
    inlines = (GivenInline, TimelineInline, SpendInline)
    fields = (
        "standing", "progress", "alarm", "cancel_requested_at", "recovered_at", "priority", "project", "prompt",
        "account", "model", "mode", "params", "drawn_seed", "source", "cost", "error_class", "error_code", "error_message", "clip",
        "retry_of", "batch", "raw_state", "remote_id", "actual", "capability_version", "submitted_at", "finished_at",
        "deadline_at", "next_poll_at", "poll_count", "poll_failures", "response_sha256", "created_by", "created_at",
    )  # fmt: skip
    adds = LAUNCH_ANY
    verbs = (CANCEL, PRIORITY, FETCH_AGAIN, RETRY, SETTLE)
    actions = ("cancel_chosen", "priority_chosen", "fetch_chosen", "retry_chosen")

    @admin.display(description="State", ordering="state")
    def standing(self, row: Generation) -> str:
        """The state as a badge."""
        return state(row.state, row.get_state_display())

    @admin.display(description="Shot", ordering="prompt__shot__code")
    def shot(self, row: Generation) -> str:
        """The shot that it is meant for."""
        return row.prompt.shot.code

    @admin.display(description="Cost")
    def cost(self, row: Generation) -> str:
        """What it cost, or is expected to."""
        if row.settled_micro is not None:
            return money(row.settled_micro, row.settled_currency or row.currency)
        return f"{money(row.estimate_micro, row.currency)} (estimate)"

    @admin.action(description="Cancel what can be cancelled", permissions=["generate"])
    def cancel_chosen(self, request: HttpRequest, rows: "QuerySet[Generation]") -> HttpResponse | None:
        """Cancel the chosen ones, after asking."""
        return confirmed(self, request, rows, CANCEL, "cancel_chosen")

    @admin.action(description="Set the priority of what waits", permissions=["generate"])
    def priority_chosen(self, request: HttpRequest, rows: "QuerySet[Generation]") -> HttpResponse | None:
        """Let the chosen ones go sooner or later, after asking how."""
        return confirmed(self, request, rows, PRIORITY, "priority_chosen")

    @admin.action(description="Fetch again what the provider still keeps", permissions=["generate"])
    def fetch_chosen(self, request: HttpRequest, rows: "QuerySet[Generation]") -> HttpResponse | None:
        """Fetch the chosen ones' files again, after asking."""
        return confirmed(self, request, rows, FETCH_AGAIN, "fetch_chosen")

    @admin.action(description="Ask again for what failed", permissions=["generate"])
    def retry_chosen(self, request: HttpRequest, rows: "QuerySet[Generation]") -> HttpResponse | None:
        """Ask again for the chosen ones, after asking whether that is meant."""
        return confirmed(self, request, rows, RETRY, "retry_chosen")

    def has_generate_permission(self, request: HttpRequest) -> bool:
        """Say whether the person may spend money."""
        return bool(request.user.may(Permission.GENERATE))  # type: ignore[union-attr]  # behind the log-in

    def links_for(self, row: Any) -> list[dict[str, object]]:
        """Link to its live page and to its clip."""
        live = address("generations:generation", row.pk)
        return [*links(Watch_it_live=live), *super().links_for(row)]


def _cancel_waiting(actor: User, row: Batch, said: Cleaned) -> Batch:
    cancel_waiting(actor=actor, batch=row, reason=said["reason"])
    return row


def _retry_safe(actor: User, row: Batch, said: Cleaned) -> Batch:
    told = retry_safe(actor=actor, batch=row, reason=said["reason"])
    if not told.generations:
        words = (
            " ".join(told.refused) or "Nothing in it can safely be asked for again; its page says why, cell by cell."
        )
        raise Conflict(words, code="nothing-safe")
    return row


CANCEL_WAITING = Verb(
    "cancel_waiting",
    "Cancel what waits",
    Permission.GENERATE,
    _cancel_waiting,
    WhyForm,
    intro="What has not been sent is taken back and costs nothing. What waits at a provider is stopped where that is "
    "possible; what is being rendered goes on.",
    done="What waited is taken back, or its provider is asked to stop it: the batch’s page tells.",
    applies=lambda row: bool(row.cells_waiting or row.cells_under_way),
    danger=True,
)
RETRY_SAFE = Verb(
    "retry_safe",
    "Retry what is safe",
    Permission.GENERATE,
    _retry_safe,
    WhyForm,
    intro="Only what failed for a passing reason and cost nothing is asked for once more. Its estimate is set aside again.",
    done="Asked for once more: the batch’s page tells which, and why the rest is not.",
    applies=lambda row: bool(row.cells_without),
)


@admin.register(Batch)
class BatchAdmin(ScopedAdmin):
    """Generations launched together."""

    list_display = ("name", "project", "done", "under_way", "waiting", "without", "created_by", "created_at")
    list_filter = ("project",)
    list_select_related = ("project", "created_by__person")
    search_fields = ("name", "project__name")
    date_hierarchy = "created_at"
    verbs = (CANCEL_WAITING, RETRY_SAFE)
    actions = ("cancel_waiting_of_chosen", "retry_safe_of_chosen")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Count the cells by how they stand."""
        rows: QuerySet[Any] = super().get_queryset(request).by_standing()  # type: ignore[attr-defined]  # its own manager's
        return rows

    @admin.display(description="With a clip")
    def done(self, row: Any) -> int:
        """How many cells have their clip."""
        return int(row.cells_done)

    @admin.display(description="Under way")
    def under_way(self, row: Any) -> int:
        """How many are at a provider, or on their way back."""
        return int(row.cells_under_way)

    @admin.display(description="Waiting to be sent")
    def waiting(self, row: Any) -> int:
        """How many have not been sent."""
        return int(row.cells_waiting)

    @admin.display(description="Without a clip")
    def without(self, row: Any) -> int:
        """How many ended without one."""
        return int(row.cells_without)

    @admin.action(description="Cancel what waits, with a reason", permissions=["generate"])
    def cancel_waiting_of_chosen(self, request: HttpRequest, rows: "QuerySet[Batch]") -> HttpResponse | None:
        """Cancel what waits in the chosen batches, after asking why."""
        return confirmed(self, request, rows, CANCEL_WAITING, "cancel_waiting_of_chosen")

    @admin.action(description="Retry what is safe, with a reason", permissions=["generate"])
    def retry_safe_of_chosen(self, request: HttpRequest, rows: "QuerySet[Batch]") -> HttpResponse | None:
        """Ask again for what is safe in the chosen batches, after asking why."""
        return confirmed(self, request, rows, RETRY_SAFE, "retry_safe_of_chosen")

    def has_generate_permission(self, request: HttpRequest) -> bool:
        """Say whether the person may spend money."""
        return person(request).may(Permission.GENERATE)

    def links_for(self, row: Batch) -> list[dict[str, object]]:
        """Link to its page, where every cell is seen."""
        return links(Open_the_batch=address("generations:batch", row.pk))
