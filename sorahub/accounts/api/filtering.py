"""How lists of the API are narrowed: every filter is declared by name, none comes of itself."""

from typing import Any

from django import forms
from django_filters import rest_framework as filters


class Filters(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """The filters of a list. Ids are matched as they are: a filter tells nothing about rows that one may not see.

    A request pays for those that it names alone: no filter here does anything unasked.
    """

    base_filters: dict[str, Any]

    def __init__(self, data: Any = None, queryset: Any = None, **more: Any) -> None:
        asked = {name: declared for name, declared in self.base_filters.items() if data is None or name in data}
        self.base_filters = asked  # the base class copies this, and makes a form of it
        super().__init__(data, queryset, **more)


class YesNoField(forms.NullBooleanField):
    """True, false, or not asked; Django's own field takes every other word for not asked."""

    def clean(self, value: Any) -> bool | None:
        """Return what was said. Raises ValidationError."""
        said = self.to_python(str(value).lower())
        if value and said is None:
            raise forms.ValidationError("Say true or false.")
        return said


class YesNo(filters.BooleanFilter):  # type: ignore[misc]  # django-filter has no types
    """A filter by true or false that refuses other words instead of leaving the list as it is."""

    field_class = YesNoField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"widget": forms.TextInput, **kwargs})
