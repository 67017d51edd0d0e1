"""The next version of data that counsel edits: whoever edits a version that is not the newest any more is told so."""

from generations.actions import checks
from reviews.models import ChecklistTemplate, DisclosureRule
from sorahub.lib.errors import Conflict


def insert_next(row: ChecklistTemplate | DisclosureRule) -> None:
    """Insert the row as the next version of its key. Call it inside the action's transaction.

    Raises InvalidInput, and Conflict when this or a newer version is there: a race that the database decides is one too.
    """
    rows = type(row)._default_manager.filter(key=row.key)
    newest = rows.order_by("-version").values_list("version", flat=True).first() or 0
    if newest != row.version - 1:
        raise _taken(row, newest)
    try:
        if row.made_by_id is None:  # it came with the hub; whoever writes by hand is named
            row.full_clean(exclude=["made_by"])
            row.save(force_insert=True)
        else:
            checks.insert(row)
    except Conflict as error:
        raise _taken(row, row.version) from error


def _taken(row: ChecklistTemplate | DisclosureRule, newest: int) -> Conflict:
    if row.version == 1:
        return Conflict(
            f"The key “{row.key}” is taken.", code="taken", fields={"key": "Choose another key: this one is taken."}
        )
    return Conflict(
        f"Somebody made version {newest} of “{row.title}” meanwhile. Read it, and begin again from there.",
        code="newer-version",
    )
