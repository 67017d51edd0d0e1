"""Videos of stories: to be found and read; made, stopped and taken on the project's own page."""

from django.contrib import admin

from generations.admin.pictures import address, links
from reviews.models import Animatic
from sorahub.accounts.admin.looks import short
from sorahub.accounts.admin.scoped import ScopedAdmin


@admin.register(Animatic)
class AnimaticAdmin(ScopedAdmin):
    """Animatics."""

    list_display = ("project", "state", "size", "slates", "frames", "hash", "created_by", "created_at", "made_at")
    list_filter = ("state", "project")
    list_select_related = ("project", "created_by__person")
    search_fields = ("project__name", "project__code", "sha256")
    date_hierarchy = "created_at"

    @admin.display(description="SHA-256")
    def hash(self, row: Animatic) -> str:
        """The hash of the file."""
        return short(row.sha256)

    def links_for(self, row: Animatic) -> list[dict[str, object]]:
        """Link to the page that it is taken from."""
        return links(Open_the_animatic=address("reviews:animatic", row.project_id))
