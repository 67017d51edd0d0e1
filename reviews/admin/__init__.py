"""What gets judged, in the admin site: to be found, read and linked to; judged on the hub's own pages."""

from reviews.admin import approval, dashboard, duties, finding, notes, ranking, reference_releases, rights, story, terms

__all__ = [
    "approval",
    "dashboard",
    "duties",
    "finding",
    "notes",
    "ranking",
    "reference_releases",
    "rights",
    "story",
    "terms",
]
