"""The launch form's editor for several shots in one request: as many rows as the model takes, empty ones left out."""

from typing import Any

from django import forms

from generations.catalog.parts import MultiShot


class ShotRows(forms.Widget):
    """Rows of words and seconds, named ``<name>-<row>-words`` and ``<name>-<row>-seconds``."""

    template_name = "generations/generate_shots.html"
    use_fieldset = True

    def __init__(self, limits: MultiShot) -> None:
        super().__init__()
        self.limits = limits

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, str]]:
        """Return the rows in which something stands, in their order."""
        rows = [
            {
                "prompt": data.get(f"{name}-{number}-words", "").strip(),
                "seconds": data.get(f"{name}-{number}-seconds", "").strip(),
            }
            for number in range(self.limits.at_most)
        ]
        return [row for row in rows if row["prompt"] or row["seconds"]]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Rows that are not sent are empty rows."""
        return False

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return the filled rows, then empty ones up to the model's limit."""
        context = super().get_context(name, value, attrs)
        filled = [*(value or [])]
        empty = [{"prompt": "", "seconds": ""}] * (self.limits.at_most - len(filled))
        return context | {"rows": [*filled, *empty], "filled": bool(filled), "limits": self.limits}


class ShotsField(forms.Field):
    """A list of shots, each with its words and whole seconds; the catalogue judges the rest."""

    def __init__(self, limits: MultiShot) -> None:
        super().__init__(
            label="Several shots",
            required=False,
            widget=ShotRows(limits),
            help_text=(
                f"Up to {limits.at_most} shots in one clip. Their words, at most {limits.prompt_limit} characters each, are sent"
                " in place of the prompt’s."
            ),
        )

    def clean(self, value: Any) -> list[dict[str, Any]]:
        """Return the shots with whole seconds. Raises ValidationError that names the shot."""
        return [self._shot(number, row) for number, row in enumerate(value or [], 1)]

    @staticmethod
    def _shot(number: int, row: dict[str, Any]) -> dict[str, Any]:
        seconds = whole_seconds(str(row["seconds"]))
        if seconds is None:
            raise forms.ValidationError(f"Shot {number}: give its length in whole seconds.")
        return {"prompt": row["prompt"], "seconds": seconds}


def whole_seconds(text: str) -> int | None:
    """Return a length as it was typed; None where that is no whole number of seconds."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else None
