"""What the API takes in order to launch a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings
from rest_framework import serializers

from generations.actions.batch_plans import BatchAsk, Making, drawn_seeds
from generations.actions.batches import ask_for_one
from generations.api.making_inputs import LaunchFields
from generations.models import Prompt, ProviderAccount, Reference
from generations.rules.matrix import FITS
from sorahub.accounts.api.fields import VisibleRelatedField

MOST: int = settings.BATCH_MOST_CELLS
AXES = ("models", "seeds", "seed_count", "sizes", "seconds", "reference_sets")


class MakingInput(serializers.Serializer[Any]):
    """A model in one of its modes, by one account."""

    account = VisibleRelatedField(queryset=ProviderAccount.objects.all())
    model = serializers.CharField(max_length=100)
    mode = serializers.CharField(max_length=50, default="text_to_video")

    def validate(self, attrs: dict[str, Any]) -> Any:
        """Return it as the action takes it."""
        return Making(**attrs)


class GivenInput(serializers.Serializer[Any]):
    """A reference in a role; without one it takes the first place for its kind that has room."""

    reference = VisibleRelatedField(queryset=Reference.objects.all())
    role = serializers.CharField(max_length=40, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> Any:
        """Return it as the action takes it."""
        return attrs["reference"], attrs["role"]


class MatrixFields(serializers.Serializer[Any]):
    """The axes: a cell for every choice of one value of each.

    ``seeds``: whole numbers; null leaves a seed open, several null are several takes. ``seed_count`` instead: so many
    different seeds, always the same ones for one Idempotency-Key. ``seconds``: whole, 0 for as long as the model likes.
    ``reference_sets``: an empty one is no reference. ``fit``: whether a cell that its model cannot do is left out, or takes
    the nearest that the model can.
    """

    models = MakingInput(many=True, required=False, max_length=MOST)  # type: ignore[call-arg]  # its list takes that
    seeds = serializers.ListField(
        child=serializers.IntegerField(allow_null=True, min_value=0), required=False, max_length=MOST
    )
    seed_count = serializers.IntegerField(required=False, min_value=1, max_value=MOST)
    sizes = serializers.ListField(child=serializers.CharField(max_length=20), required=False, max_length=MOST)
    seconds = serializers.ListField(child=serializers.IntegerField(min_value=0), required=False, max_length=MOST)
    reference_sets = serializers.ListField(child=GivenInput(many=True), required=False, max_length=MOST)
    fit = serializers.ChoiceField(choices=FITS, required=False)
    sheets = serializers.BooleanField(
        required=False,
        help_text="Whether each generation also gets what its prompt's sheets bring: files where its model has a place for "
        "them, characters of its account.",
    )


class BatchPreviewInput(MatrixFields, LaunchFields):
    """Prompts of one project × the axes. ``params`` (audio, negative, shots) hold for all cells.

    With ``account`` and ``model`` instead of ``models``: one generation for each prompt, everything in ``params``.
    """

    account = VisibleRelatedField(queryset=ProviderAccount.objects.all(), required=False)
    model = serializers.CharField(max_length=100, required=False)
    params = serializers.DictField(child=serializers.JSONField(), default=dict)
    prompts = VisibleRelatedField(queryset=Prompt.objects.select_related("shot__project"), many=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Put references together with their roles; one way of naming models, not both."""
        one = {"account", "model"} & set(attrs)
        if "models" in attrs and one:
            raise serializers.ValidationError({"models": "Give models, or account and model, not both."})
        if "models" not in attrs and len(one) < 2:
            raise serializers.ValidationError({"models": "Give models, or account and model."})
        if one and (axes := [name for name in AXES if name in attrs]):
            raise serializers.ValidationError(dict.fromkeys(axes, "Give models to vary more than the prompt."))
        if "seeds" in attrs and "seed_count" in attrs:
            raise serializers.ValidationError({"seed_count": "Give seeds or seed_count, not both."})
        return super().validate(attrs)


class BatchInput(BatchPreviewInput):
    """The same, to be launched, all or none. Cells that their models cannot do are refused unless ``leave_out`` is true."""

    name = serializers.CharField(max_length=200)
    leave_out = serializers.BooleanField(default=False)


class DuplicateInput(MatrixFields):
    """A batch once more: what is given here is otherwise, all else as it was."""

    name = serializers.CharField(max_length=200)
    prompts = VisibleRelatedField(queryset=Prompt.objects.select_related("shot__project"), many=True, required=False)
    leave_out = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Seeds are given or drawn, not both."""
        if "seeds" in attrs and "seed_count" in attrs:
            raise serializers.ValidationError({"seed_count": "Give seeds or seed_count, not both."})
        return attrs


class MoreInput(serializers.Serializer[Any]):
    """How many more of it."""

    count = serializers.IntegerField(min_value=1, max_value=MOST)
    name = serializers.CharField(max_length=200, default="", allow_blank=True)


def ask_of(given: Mapping[str, Any], key: str | None) -> BatchAsk:
    """Return what a request asks for. Raises InvalidInput."""
    rest = given["source"], given["characters"], given["priority"]
    if "model" in given:
        making = Making(given["account"], given["model"], given["mode"])
        one = ask_for_one(given["prompts"], making, given["params"], given["references"], *rest)
        return replace(one, sheets=given.get("sheets", False))
    source, characters, priority = rest
    axes = {**changed_axes(given, key), "prompts": given["prompts"]}
    if given["references"] and "references" not in axes:
        axes["references"] = [given["references"]]
    return BatchAsk(**axes, params=given["params"], source=source, characters=characters, priority=priority)


def changed_axes(given: Mapping[str, Any], key: str | None) -> dict[str, Any]:
    """Return the axes that a request names, as the action takes them."""
    axes: dict[str, Sequence[Any] | str] = {}
    for name, as_said in (("makings", "models"), ("seeds", "seeds"), ("sizes", "sizes"), ("seconds", "seconds"),
                          ("references", "reference_sets"), ("prompts", "prompts"), ("fit", "fit"), ("sheets", "sheets")):  # fmt: skip
        if as_said in given:
            axes[name] = given[as_said]
    if "seed_count" in given:
        axes["seeds"] = drawn_seeds(given["seed_count"], key)
    return axes
