"""The forms of projects, shots, uploads and references."""

from typing import Any

from django import forms

from generations.actions.descent import MadeFrom
from generations.models import Clip, Project, Shot
from generations.models.rights_words import Known
from generations.web.library_forms import FactsForm
from sorahub.accounts.models import Client, User
from sorahub.accounts.roles import Kind

RATES = [
    ("24/1", "24"),
    ("24000/1001", "23.976"),
    ("25/1", "25"),
    ("30/1", "30"),
    ("30000/1001", "29.97"),
    ("50/1", "50"),
    ("60000/1001", "59.94"),
    ("60/1", "60"),
]
VIDEO_NAMES = ".mp4,.mov,.mkv,.webm,video/mp4,video/quicktime,video/webm"
REFERENCE_NAMES = ".jpg,.jpeg,.png,.webp,.mp4,.mov,.webm,.mp3,.wav,.m4a,.aac,.ogg,.flac,image/*,video/mp4,video/quicktime,video/webm,audio/*"


class ClientForm(forms.Form):
    """A new client."""

    name = forms.CharField(max_length=200, help_text="As it stands in contracts and certificates.")


class ProjectForm(forms.Form):
    """A new project."""

    client = forms.ModelChoiceField(Client.objects.none(), empty_label=None)
    name = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"placeholder": "Spring campaign"}))
    code = forms.SlugField(
        max_length=40, help_text="Short, for file names: letters, digits, hyphens. Such as SPRING26."
    )
    rate = forms.ChoiceField(choices=RATES, label="Frames per second", help_text="What the shots are planned in.")
    brief = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text="What the client wants, in a few sentences."
    )

    def __init__(self, *args: Any, clients: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = clients  # type: ignore[attr-defined]  # a ModelChoiceField

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action."""
        given = dict(self.cleaned_data)
        num, den = given.pop("rate").split("/")
        return {**given, "rate_num": int(num), "rate_den": int(den)}


class MemberForm(forms.Form):
    """Somebody who joins the project, by e-mail address: people outside one's projects are not listed."""

    email = forms.EmailField(label="E-mail address", help_text="Of an account here; administrators add accounts.")

    def clean_email(self) -> User:
        """Return the account behind the address."""
        found = User.objects.filter(email__iexact=self.cleaned_data["email"], is_active=True).first()
        if found is None:
            raise forms.ValidationError(
                "Nobody here logs in with this address. Ask an administrator to add them first."
            )
        if found.kind == Kind.GUEST:
            raise forms.ValidationError("Guests see the clips of reviews that are sent to them; send a review instead.")
        return found


class ShotForm(forms.Form):
    """A new shot."""

    code = forms.CharField(max_length=40, help_text="Scene and shot, such as SC010-SH020.")
    title = forms.CharField(max_length=200, required=False, help_text="What it shows, in a few words.")
    intended_frames = forms.IntegerField(
        min_value=1, max_value=1_000_000, required=False, label="Intended length in frames"
    )


class ParentChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # takes no argument at run time
    """Clips that another was made from, by shot, take and size."""

    def label_from_instance(self, obj: Any) -> str:
        """Write the shot, the take and what the file is."""
        return f"{obj} · {obj.width}×{obj.height}, {obj.frame_count} frames"


class UploadForm(forms.Form):
    """A finished clip with its story."""

    file = forms.FileField(label="Video", widget=forms.ClearableFileInput(attrs={"accept": VIDEO_NAMES}))
    shot = forms.ModelChoiceField(Shot.objects.none(), required=False, empty_label="No shot yet")
    declared_model = forms.CharField(max_length=100, label="Made with", help_text="The model, such as sora-2.")
    declared_route = forms.CharField(
        max_length=100, label="Through", help_text="The service and plan it was made with: they decide the rights."
    )
    declared_made_on = forms.DateField(required=False, label="Made on", widget=forms.DateInput(attrs={"type": "date"}))
    declared_prompt = forms.CharField(required=False, label="Prompt", widget=forms.Textarea(attrs={"rows": 4}))
    made_from = ParentChoice(
        Clip.objects.none(),
        required=False,
        label="Made from clips of this project",
        widget=forms.SelectMultiple(attrs={"size": 4}),
        help_text="If it is a cut, an edit or a new encoding of them: what binds them binds it. Ctrl chooses several.",
    )
    operation = forms.CharField(
        max_length=200, required=False, label="What was done to them", help_text="Such as: cut to 6 s, re-encoded."
    )
    declaration = forms.BooleanField(
        label="I vouch for this story", help_text="It goes on record with your name, and sign-offs rest on it."
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shot"].queryset = project.shots.all()  # type: ignore[attr-defined]  # a ModelChoiceField
        present = project.clips.select_related("shot").order_by("shot__code", "take", "id")
        if present.exists():
            self.fields["made_from"].queryset = present  # type: ignore[attr-defined]  # a ModelMultipleChoiceField
        else:
            del self.fields["made_from"], self.fields["operation"]

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action."""
        given = dict(self.cleaned_data)
        parents, operation = given.pop("made_from", ()), given.pop("operation", "")
        named = [MadeFrom(parent, operation) for parent in parents]
        return {**given, "made_from": named, "original_name": given["file"].name}


class ReferenceForm(FactsForm):
    """A reference file with its rights."""

    file = forms.FileField(
        widget=forms.ClearableFileInput(attrs={"accept": REFERENCE_NAMES}),
        help_text=(
            "JPEG, PNG or WebP up to 50 MiB; MP4, MOV or WebM up to 64 MiB (200 MiB in pieces); MP3, WAV, M4A, AAC, OGG or "
            "FLAC up to 50 MiB."
        ),
    )
    field_order = ("file", "source", "rights")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("licence", "ai_use", "depicts"):
            self.fields[name].required = False
            self.fields[name].initial = Known.UNKNOWN

    def arguments(self) -> dict[str, Any]:
        """Return the arguments for the action; what is left open is not said."""
        said = dict(self.cleaned_data)
        file = said.pop("file")
        return {
            "file": file,
            "original_name": file.name,
            "facts": {name: value for name, value in said.items() if value},
        }
