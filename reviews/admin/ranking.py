"""Rankings in the admin site: to be found and read, never what is hidden while they are open."""

from django.contrib import admin

from generations.admin.pictures import address, links
from reviews.models import Ranking
from sorahub.accounts.admin.scoped import ScopedAdmin


@admin.register(Ranking)
class RankingAdmin(ScopedAdmin):
    """Rankings, without their takes and votes: those are on their own page once they are closed."""

    list_display = ("question", "project", "created_by", "created_at", "due_at", "closed_at")
    list_filter = ("project",)
    list_select_related = ("project", "created_by__person")
    search_fields = ("question",)
    date_hierarchy = "created_at"
    hidden = frozenset({"seed"})  # whoever has it and judges can work out which take is on which side

    def links_for(self, row: Ranking) -> list[dict[str, object]]:
        """Link to the ranking's page."""
        return links(Open_the_ranking=address("reviews:ranking", row.pk))
