"""How lists of the API are narrowed: every filter is declared by name, none comes of itself."""

from django_filters import rest_framework as filters


class Filters(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """The filters of a list. Ids are matched as they are: a filter tells nothing about rows that one may not see."""
