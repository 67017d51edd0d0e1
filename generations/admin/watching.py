"""What needs a person: alarms, and characters whose answer is missing. And a generation's story."""

from django import forms
from django.contrib import admin

from generations.actions.alarms import acknowledge_alarm
from generations.actions.characters import make_character, settle_character
from generations.models import Alarm, Character, Project, ProviderAccount, Reference, TimelineEntry
from sorahub.accounts.admin.looks import state
from sorahub.accounts.admin.scoped import ScopedAdmin, ScopedInline
from sorahub.accounts.admin.verbs import Cleaned, Verb, VerbForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission


class TimelineInline(ScopedInline):
    """What happened, in plain words."""

    model = TimelineEntry
    fields = readonly_fields = ("at", "kind", "words", "actor")
    joins = ("actor__person",)


def _acknowledge(actor: User, row: Alarm, said: Cleaned) -> Alarm:
    return acknowledge_alarm(actor=actor, alarm=row)


@admin.register(Alarm)
class AlarmAdmin(ScopedAdmin):
    """What a person should look at, with what to do about it."""

    list_display = ("message", "kind", "mend", "project", "account", "times", "raised_at", "cleared_at")
    list_filter = ("kind", ("cleared_at", admin.EmptyFieldListFilter), "project", "account")
    list_select_related = ("project", "account", "generation", "acknowledged_by__person")
    search_fields = ("message", "mend")
    date_hierarchy = "raised_at"
    hidden = frozenset({"key"})
    verbs = (
        Verb(
            "acknowledge",
            "Look after it",
            Permission.GENERATE,
            _acknowledge,
            intro="Others see that you look after it. It is cleared by itself when it no longer holds.",
            done="It is yours.",
            applies=lambda row: row.acknowledged_at is None and row.cleared_at is None,
            also=Permission.MANAGE_PEOPLE,
        ),
    )


class CharacterForm(VerbForm):
    """A subject to be learnt from a short video."""

    project = forms.ModelChoiceField(Project.objects.all())
    account = forms.ModelChoiceField(ProviderAccount.objects.all())
    reference = forms.ModelChoiceField(Reference.objects.all(), help_text="A short video of this project.")
    name = forms.CharField(max_length=80, help_text="The name by which prompts will call it.")
    searched = {"project": (Character, "project"), "reference": (Character, "reference")}


class OutcomeForm(VerbForm):
    """What became of a character whose answer is missing."""

    remote_id = forms.CharField(
        label="Its id at the provider", max_length=300, required=False, help_text="Empty: it is not there."
    )


def _settle(actor: User, row: Character, said: Cleaned) -> Character:
    return settle_character(actor=actor, character=row, **said)


@admin.register(Character)
class CharacterAdmin(ScopedAdmin):
    """Subjects that providers have learnt, to be named in prompts."""

    list_display = ("name", "standing", "project", "account", "reference", "created_at")
    list_filter = ("state", "project", "account")
    list_select_related = ("project", "account", "reference", "created_by__person")
    search_fields = ("name", "project__name")
    adds = Verb(
        "add",
        "Make a character",
        Permission.GENERATE,
        lambda actor, row, said: make_character(actor=actor, **said),
        CharacterForm,
        done="The provider is asked. Reload this page to see when it is ready.",
    )
    verbs = (
        Verb(
            "settle",
            "Say what became of it",
            Permission.GENERATE,
            _settle,
            OutcomeForm,
            intro="Its answer was lost, and it is never sent twice. Look it up at the provider.",
            applies=lambda row: row.state == Character.State.UNKNOWN,
        ),
    )

    @admin.display(description="State", ordering="state")
    def standing(self, row: Character) -> str:
        """The state as a badge."""
        return state(row.state, row.get_state_display())
