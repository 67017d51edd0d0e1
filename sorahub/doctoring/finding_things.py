"""Examines the search index."""

from django.db import connection

from reviews.actions.searching import index
from sorahub.doctoring.finding import Finding, fault, ok


def search_index() -> Finding:
    """Are the triggers there that keep it, and does it hold as many rows as there are?"""
    wrong = index.faults(connection)
    if wrong:
        return fault("search", "; ".join(wrong[:3]), "Run: python manage.py reindex_search")
    return ok("search", "the index of words is complete, and its triggers are in place")
