"""Launching from the admin: what is asked, what it would cost, and the one action that does it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone

from generations import catalog
from generations.actions.launches import launch_generation, preview
from generations.models import Generation, Prompt, ProviderAccount, Reference, State
from sorahub.accounts.admin.looks import money
from sorahub.accounts.admin.verbs import Cleaned, Verb, VerbForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.ids import uuid7

SEPARATOR = "|"


def offers(actor: User) -> list[tuple[str, str]]:
    """Return what can be ordered today: each model and mode of each account that is switched on, with what it can do."""
    rows = sorted(catalog.launchable(timezone.now().date()), key=lambda row: row.mode != "text_to_video")
    return [
        (SEPARATOR.join((str(account.pk), row.model, row.mode)), f"{account.name}: {_words(row)}")
        for account in ProviderAccount.objects.visible_to(actor).enabled()
        for row in rows
        if row.route == account.route
    ]


def _words(row: catalog.Capability) -> str:
    seconds = ", ".join(str(each) for each in row.seconds)
    sizes = ", ".join(str(each) for each in row.sizes)
    return f"{row.title}, {row.mode.replace('_', ' ')} ({seconds} s; {sizes})"


class LaunchForm(VerbForm):
    """An order for one generation of the prompt on the page. The hidden key makes a second click the same order."""

    offer = forms.ChoiceField(label="Model", help_text="What the enabled accounts offer today.")
    seconds = forms.IntegerField(min_value=1, initial=4)
    size = forms.CharField(max_length=12, initial="1280x720", help_text="Width and height in pixels, such as 1280x720.")
    seed = forms.IntegerField(
        min_value=0, required=False, help_text="For models that take one: the same seed, the same clip."
    )
    audio = forms.ChoiceField(
        choices=[("", "as the model likes"), ("on", "on"), ("off", "off"), ("original", "as in the video given")],
        required=False,
        label="Sound",
    )
    references = forms.ModelMultipleChoiceField(
        Reference.objects.all(),
        required=False,
        help_text="Each takes the first place that the model has for such a file.",
    )
    source = forms.ModelChoiceField(
        Generation.objects.all(), required=False, help_text="What a remix, an edit or an extension starts from."
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    searched = {"source": (Generation, "source")}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["offer"].choices = offers(self.actor)  # type: ignore[attr-defined]  # it is the ChoiceField above
        self.fields["key"].initial = uuid7
        if self.subject is not None:
            references = Reference.objects.visible_to(self.actor).filter(project=self.subject.shot.project)
            self.fields["references"].queryset = references  # type: ignore[attr-defined]  # a choice of rows
            made = Generation.objects.visible_to(self.actor).filter(project=self.subject.shot.project)
            self.fields["source"].queryset = made.filter(state=State.SUCCEEDED)  # type: ignore[attr-defined]  # a choice of rows

    def outlook(self) -> dict[str, Any]:
        """Return every refusal, every warning, the estimated cost, and the cost in words."""
        found = preview(**ordered(self.actor, self.subject, self.cleaned_data))
        price = money(found.estimate.micro, found.estimate.currency) if found.estimate else ""
        said = {"refusals": found.refusals, "warnings": found.warnings}
        return {**said, "estimate": found.estimate, "price": price}


class AnyLaunchForm(LaunchForm):
    """The same with a choice of prompt."""

    prompt = forms.ModelChoiceField(Prompt.objects.all())
    searched = {
        "prompt": (Generation, "prompt"),
        "references": (Generation, "references"),
        "source": (Generation, "source"),
    }
    field_order = ("prompt",)


def ordered(actor: User, prompt: Prompt | None, said: Cleaned) -> dict[str, Any]:
    """Return the arguments of the two launching actions. Raises NotFound for an account that went away."""
    account, model, mode = str(said["offer"]).split(SEPARATOR)
    asked: Mapping[str, Any] = {name: said[name] for name in ("seconds", "size", "seed", "audio")}
    return {
        "actor": actor,
        "prompt": said.get("prompt") or prompt,
        "account": ProviderAccount.objects.visible_to(actor).get(pk=account),
        "model": model,
        "mode": mode,
        "params": {name: value for name, value in asked.items() if value not in (None, "")},
        "references": list(said["references"]),
        "source": said["source"],
    }


def _launch(actor: User, row: Prompt | None, said: Cleaned) -> Generation:
    return launch_generation(**ordered(actor, row, said), idempotency_key=f"admin:{said['key']}")


INTRO = "“Check” shows what speaks against it and what it will cost; only “Launch” spends money."
DONE = "Launched. This page shows its state; reload it, or open its live page."
LAUNCH = Verb("launch", "Launch", Permission.GENERATE, _launch, LaunchForm, INTRO, DONE, checks=True, go="Launch")
LAUNCH_ANY = Verb(
    "add", "Launch a generation", Permission.GENERATE, _launch, AnyLaunchForm, INTRO, DONE, checks=True, go="Launch"
)
