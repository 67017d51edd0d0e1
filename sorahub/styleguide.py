"""The page `/styleguide/`: every component of the interface with sample values. Development only; it reads nothing."""

from collections.abc import Mapping

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

STATES = [
    "draft",
    "reserved",
    "submitting",
    "submit_unknown",
    "queued",
    "running",
    "fetching",
    "succeeded",
    "failed",
    "cancelled",
    "expired",
    "lost",
    "open",
    "resolved",
    "approved",
    "needs_work",
    "rejected",
    "waiting",
    "signed",
    "revoked",
    "superseded",
    "cleared",
    "blocked",
    "held",
    "unknown",
]

STAGES: list[Mapping[str, str]] = [
    {"name": "Creative", "state": "passed", "words": "Passed", "note": "Bob Reviewer, 21 November, 14:05"},
    {
        "name": "Client",
        "state": "current",
        "words": "1 of 2 have decided",
        "note": "Waiting for Carol until Friday",
    },
    {"name": "Legal", "state": "waiting", "note": "Begins when the client stage is passed"},
]

CLIPS: list[Mapping[str, object]] = [
    {
        "title": "Harbour at dawn",
        "code": "010",
        "state": "approved",
        "duration": "4.0 s",
        "takes": 3,
        "meta": ["sora-2", "€0.40", "2 h ago"],
    },
    {
        "title": "The tram climbs the hill",
        "code": "020",
        "state": "running",
        "waiting": "Generating",
        "meta": ["sora-2-pro", "€1.20"],
    },
    {
        "title": "A very long name for a clip that somebody dictated on a phone",
        "code": "030",
        "state": "needs_work",
        "duration": "12.0 s",
        "takes": 1,
        "meta": ["uploaded"],
    },
    {
        "title": "Closing logo",
        "code": "040",
        "state": "blocked",
        "state_label": "Not cleared",
        "duration": "8.0 s",
        "takes": 2,
        "meta": ["sora-2"],
    },
]

FACTS = [
    ("Length", "96 frames at 24 per second"),
    ("Picture", "1280 × 720"),
    ("Sound", "AAC stereo, 48 kHz"),
    ("Seed", None),
]

LINKED_CLIP = {"text": "010 Harbour at dawn", "url": "#"}
ROWS: list[list[object]] = [
    [LINKED_CLIP, {"state": "signed"}, {"text": "€0.40", "number": True}],
    ["020 The tram climbs the hill", {"state": "waiting"}, {"text": "€1.20", "number": True}],
]

MARKERS: list[Mapping[str, object]] = [
    {"id": "a", "frame_in": 24, "frame_out": 24, "state": "open", "label": "Bob: the sign is misspelt"},
    {"id": "b", "frame_in": 48, "frame_out": 71, "state": "resolved", "label": "Carol: slower here"},
]


class SampleForm(forms.Form):
    """Each kind of field once."""

    name = forms.CharField(help_text="As it appears on the certificate.")
    model = forms.ChoiceField(choices=[("sora-2", "sora-2"), ("sora-2-pro", "sora-2-pro")])
    prompt = forms.CharField(widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(widget=forms.RadioSelect, choices=[("web", "Web"), ("tv", "Television")])
    due = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), required=False)
    sound = forms.BooleanField(required=False, label="With sound", help_text="Costs the same.")


def styleguide(request: HttpRequest) -> HttpResponse:
    """Shows all components; the second form is bound, so that its errors are seen."""
    context = {
        "states": STATES,
        "stages": STAGES,
        "clips": CLIPS,
        "facts": FACTS,
        "columns": ["Clip", "Sign-off", {"text": "Cost", "number": True}],
        "rows": ROWS,
        "markers": MARKERS,
        "crumbs": [("Projects", "#"), ("Spring campaign", "#"), ("Shot 010", "")],
        "form": SampleForm(),
        "wrong_form": SampleForm({"prompt": "A harbour at dawn"}, prefix="wrong"),
        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "reasons": [
            "No sign-off covers television.",
            "The terms version of 3 October has no licensing note.",
        ],
        "keys": ["Shift", "→"],
    }
    return render(request, "styleguide.html", context)
