"""Projects, people in them, shots, prompts, references."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from generations.actions.batch_plans import too_many
from generations.actions.importing_plans import COLUMNS, MOST_BYTES, MOST_TOLD, import_plan, read_plan
from generations.actions.projects import add_member, archive_project, create_project, remove_member
from generations.actions.prompts import write_prompt
from generations.actions.references import add_reference
from generations.actions.shots import add_shot, set_standing
from generations.admin.launching import LAUNCH
from generations.admin.pictures import address, links
from generations.models import Membership, Project, Prompt, Reference, Shot
from sorahub.accounts.admin.looks import short
from sorahub.accounts.admin.scoped import ScopedAdmin, ScopedInline
from sorahub.accounts.admin.verbs import Cleaned, ReasonForm, Verb, VerbForm, confirmed
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web import ticked
from sorahub.accounts.web.forms import person

TAKEN = "JPEG, PNG, WebP or sound (MP3, WAV, M4A, AAC, OGG, FLAC) up to 50 MiB; MP4, MOV or WebM up to 64 MiB."


class ProjectForm(VerbForm):
    """A new piece of work."""

    client = forms.ModelChoiceField(Client.objects.all())
    name = forms.CharField(max_length=200)
    code = forms.SlugField(max_length=40, help_text="Short name used in file names, such as AURORA.")
    brief = forms.CharField(
        required=False, widget=forms.Textarea, help_text="What the client wants, in a few sentences."
    )
    rate_num = forms.IntegerField(label="Frames", min_value=1, initial=24, help_text="24000 for 23.976 per second.")
    rate_den = forms.IntegerField(
        label="per … seconds", min_value=1, initial=1, help_text="1001 for 23.976 per second."
    )


class MemberForm(VerbForm):
    """Somebody by their address: accounts that share no project with the actor yet cannot be offered in a list."""

    email = forms.EmailField(label="E-mail address of the account")

    def clean_email(self) -> User:
        """Return the account."""
        account = User.objects.filter(email=str(self.cleaned_data["email"]).lower(), is_active=True).first()
        if account is None:
            raise forms.ValidationError("There is no account with this address. An administrator can add it.")
        return account


class ShotForm(VerbForm):
    """A slot in a project."""

    project = forms.ModelChoiceField(Project.objects.all())
    code = forms.CharField(max_length=40, help_text="Scene and shot, such as SC010-SH020.")
    title = forms.CharField(max_length=200, required=False)
    intended_frames = forms.IntegerField(
        min_value=1, required=False, help_text="Length in frames at the project's rate."
    )
    searched = {"project": (Shot, "project")}


class StandingForm(ReasonForm):
    """Whether a shot is in the story."""

    standing = forms.ChoiceField(choices=Shot.Standing.choices, help_text="An omitted shot does not play in the story.")
    field_order = ("standing", "reason")


class PlanForm(VerbForm):
    """A spreadsheet of shots and their words."""

    project = forms.ModelChoiceField(Project.objects.all())
    file = forms.FileField(
        label="Sheet", help_text=f"CSV in UTF-8, its first row the columns: {', '.join(COLUMNS)}. Only code is needed."
    )
    searched = {"project": (Shot, "project")}

    def clean_file(self) -> bytes:
        """Return what the sheet holds."""
        content: bytes = self.cleaned_data["file"].read(MOST_BYTES + 1)
        return content

    def outlook(self) -> dict[str, Any]:
        """Return what the sheet would bring, and its faults."""
        said = self.cleaned_data
        plan = read_plan(actor=self.actor, project=said["project"], content=said["file"])
        left = max(len(plan.problems) - MOST_TOLD, 0)
        return {"plan": plan, "problems": plan.problems[:MOST_TOLD], "more": left}


class PromptForm(VerbForm):
    """Words for a shot: always the next version."""

    shot = forms.ModelChoiceField(Shot.objects.all())
    text = forms.CharField(widget=forms.Textarea, help_text="What should be seen and heard.")
    negative = forms.CharField(
        widget=forms.Textarea, required=False, help_text="What should not, for models that take it."
    )
    searched = {"shot": (Prompt, "shot")}


class NextPromptForm(VerbForm):
    """The next version of a prompt, beginning with its words."""

    text = forms.CharField(widget=forms.Textarea)
    negative = forms.CharField(widget=forms.Textarea, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial = {"text": self.subject.text, "negative": self.subject.negative, **self.initial}


class ReferenceForm(VerbForm):
    """A file with its source and its rights."""

    project = forms.ModelChoiceField(Project.objects.all())
    file = forms.FileField(help_text=TAKEN)
    source = forms.CharField(max_length=300, help_text="Photographer, stock library, client …")
    rights = forms.CharField(widget=forms.Textarea, help_text="Under which right it is used here.")
    searched = {"project": (Reference, "project")}


def _archive(actor: User, row: Project, said: Cleaned) -> Project:
    return archive_project(actor=actor, project=row)


def _set_standing(actor: User, row: Shot, said: Cleaned) -> Shot:
    return set_standing(actor=actor, shot=row, **said)


STANDING = Verb(
    "standing",
    "Set the standing",
    Permission.MANAGE_PROJECT,
    _set_standing,
    StandingForm,
    intro="Whether it is in the story, on hold or omitted. Takes, notes and decisions stay.",
    done="It stands so from now on.",
)


def _import_plan(actor: User, row: None, said: Cleaned) -> None:
    import_plan(actor=actor, project=said["project"], content=said["file"])


def _add_member(actor: User, row: Project, said: Cleaned) -> None:
    add_member(actor=actor, project=row, user=said["email"])


def _remove_member(actor: User, row: Membership, said: Cleaned) -> Project:
    remove_member(actor=actor, project=row.project, user=row.user)
    return row.project


def _next_prompt(actor: User, row: Prompt, said: Cleaned) -> Prompt:
    return write_prompt(actor=actor, shot=row.shot, parent=row, **said)


def _add_reference(actor: User, row: None, said: Cleaned) -> Reference:
    return add_reference(actor=actor, original_name=said["file"].name, **said)


class MembershipInline(ScopedInline):
    """Who takes part."""

    model = Membership
    fields = readonly_fields = ("user", "created_at")
    joins = ("user__person",)
    show_change_link = True


class ShotInline(ScopedInline):
    """What is to be filled."""

    model = Shot
    fields = readonly_fields = ("code", "title", "intended_frames", "selected_clip")
    joins = ("selected_clip__shot",)
    show_change_link = True


@admin.register(Project)
class ProjectAdmin(ScopedAdmin):
    """Pieces of work."""

    list_display = ("name", "code", "client", "created_by", "created_at", "archived_at")
    list_filter = ("client", ("archived_at", admin.EmptyFieldListFilter))
    list_select_related = ("client", "created_by__person")
    search_fields = ("name", "code", "client__name")
    date_hierarchy = "created_at"
    inlines = (ShotInline, MembershipInline)
    adds = Verb(
        "add",
        "Add a project",
        Permission.MANAGE_PROJECT,
        lambda actor, row, said: create_project(actor=actor, **said),
        ProjectForm,
        done="The project is there, with its stages of approval. Add its people and its first shot.",
    )
    verbs = (
        Verb(
            "add_member", "Add a person", Permission.MANAGE_PROJECT, _add_member, MemberForm, done="They take part now."
        ),
        Verb(
            "archive",
            "Archive",
            Permission.MANAGE_PROJECT,
            _archive,
            intro="It stays readable; nothing new is made in it.",
            done="The project is archived.",
            applies=lambda row: row.archived_at is None,
            danger=True,
        ),
    )

    def links_for(self, row: Project) -> list[dict[str, object]]:
        """Link to the project's own page."""
        pages = {"Open_the_project": "project", "Launch_a_batch": "batch-new", "Import_footage": "imports"}
        return links(**{words: address(f"generations:{name}", row.pk) for words, name in pages.items()})


@admin.register(Membership)
class MembershipAdmin(ScopedAdmin):
    """Who takes part in what."""

    list_display = ("user", "project", "created_at")
    list_filter = ("project", "user__kind")
    list_select_related = ("user__person", "project")
    search_fields = ("user__email", "user__person__name", "project__name")
    verbs = (
        Verb(
            "remove",
            "Remove from the project",
            Permission.MANAGE_PROJECT,
            _remove_member,
            intro="They see nothing of this project from now on. What they said and decided stays.",
            done="They no longer take part.",
            danger=True,
        ),
    )


@admin.register(Shot)
class ShotAdmin(ScopedAdmin):
    """Slots to be filled with a clip."""

    list_display = ("code", "title", "project", "standing", "intended_frames", "selected_clip")
    list_filter = ("project", "standing")
    list_select_related = ("project", "selected_clip__shot")
    search_fields = ("code", "title", "project__name", "project__code")
    adds = Verb(
        "add",
        "Add a shot",
        Permission.MANAGE_PROJECT,
        lambda actor, row, said: add_shot(actor=actor, **said),
        ShotForm,
        done="The shot is there. Write its first prompt.",
    )
    bulk = (
        Verb(
            "import",
            "Import shots and prompts",
            Permission.WRITE_PROMPT,
            _import_plan,
            PlanForm,
            intro="All rows come in, or none. Shots that are there already stay; words that differ become their next version.",
            done="The plan is in.",
            checks=True,
            outlook="admin/outlooks/plan.html",
            go="Import",
        ),
    )
    verbs = (STANDING,)
    actions = ("set_standing_of_chosen",)

    @admin.action(description="Set the standing, with a reason", permissions=["manage"])
    def set_standing_of_chosen(self, request: HttpRequest, rows: "QuerySet[Shot]") -> HttpResponse | None:
        """Put the chosen ones into the story, on hold or out of it, after asking why."""
        return confirmed(self, request, rows, STANDING, "set_standing_of_chosen")

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Say whether the person may plan shots."""
        return person(request).may(Permission.MANAGE_PROJECT)


@admin.register(Prompt)
class PromptAdmin(ScopedAdmin):
    """Words, version by version. A change of words is the next version."""

    list_display = ("__str__", "shot", "project", "created_by", "created_at")
    list_filter = ("shot__project",)
    list_select_related = ("shot__project", "created_by__person")
    search_fields = ("text", "shot__code", "shot__title")
    ordering = ("-created_at",)
    date_hierarchy = "created_at"
    adds = Verb(
        "add",
        "Write a prompt",
        Permission.WRITE_PROMPT,
        lambda actor, row, said: write_prompt(actor=actor, **said),
        PromptForm,
        done="The prompt is written. Launch it when you are ready.",
    )
    verbs = (
        LAUNCH,
        Verb(
            "revise",
            "Write the next version",
            Permission.WRITE_PROMPT,
            _next_prompt,
            NextPromptForm,
            done="This is the next version.",
        ),
    )
    actions = ("launch_batch",)

    @admin.action(description="Launch a batch of them", permissions=["generate"])
    def launch_batch(self, request: HttpRequest, rows: "QuerySet[Prompt]") -> HttpResponse | None:
        """Open the page of a new batch with the chosen prompts ticked; nothing is launched before one says so there."""
        if (number := rows.count()) > settings.BATCH_MOST_CELLS:
            messages.error(request, too_many(number))
            return None
        chosen = dict(rows.order_by().values_list("pk", "shot__project"))
        projects = set(chosen.values())
        if len(projects) != 1:
            messages.error(request, "A batch belongs to one project; these belong to several. Nothing was launched.")
            return None
        query = urlencode({"ticked": ticked.keep(request, chosen)})
        return redirect(f"{reverse('generations:batch-new', args=[projects.pop()])}?{query}")

    def has_generate_permission(self, request: HttpRequest) -> bool:
        """Say whether the person may spend money."""
        return person(request).may(Permission.GENERATE)

    @admin.display(description="Project", ordering="shot__project__name")
    def project(self, row: Prompt) -> str:
        """The project of the shot."""
        return row.shot.project.name


@admin.register(Reference)
class ReferenceAdmin(ScopedAdmin):
    """Files given to a model along with the words."""

    list_display = ("__str__", "project", "kind", "shape", "source", "hash", "created_at")
    list_filter = ("project", "kind")
    list_select_related = ("project",)
    search_fields = ("original_name", "source", "rights", "sha256")
    date_hierarchy = "created_at"
    hidden = frozenset({"storage_key"})
    adds = Verb("add", "Add a reference", Permission.WRITE_PROMPT, _add_reference, ReferenceForm)

    @admin.display(description="Measured")
    def shape(self, row: Reference) -> str:
        """Pixels and seconds, as far as the file has them."""
        picture = f"{row.width} × {row.height}" if row.width else ""
        length = f"{row.duration_ms / 1000:g} s" if row.duration_ms else ""
        return ", ".join(part for part in (picture, length) if part)

    @admin.display(description="SHA-256")
    def hash(self, row: Reference) -> str:
        """The hash of the bytes."""
        return short(row.sha256)
