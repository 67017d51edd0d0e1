"""Keep a question under a name, share it, open a list with it. A view holds no answers: whoever opens it finds what they may see."""

from urllib.parse import parse_qsl, urlencode

from django.db import IntegrityError, transaction

from generations.models import Project
from reviews.models import SavedView
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound

LONGEST_QUERY, MOST_VIEWS = 1000, 100
FINDABLE_WORDS = {
    True: "the clips that were put before you, and the notes on them",
    False: "prompts, notes, clips, references, shots, projects, generations and terms",
}


def save_view(
    *,
    actor: User,
    name: str,
    query: str,
    place: str = SavedView.Place.SEARCH,
    shared: str = "",
    project: Project | None = None,
) -> SavedView:
    """Keep the query of a list's address under a name. Raises InvalidInput, Forbidden for guests who share, NotFound, and Conflict for a
    name that one has already.
    """
    said, kept = _named(name), _query(query)
    if place not in SavedView.Place.values:
        raise InvalidInput(
            "There is no such list.", fields={"place": f"Choose one of: {', '.join(SavedView.Place.values)}."}
        )
    _require_sharing(actor, shared, project)
    if SavedView.objects.filter(owner=actor).count() >= MOST_VIEWS:
        raise Conflict(f"You keep {MOST_VIEWS} views. Delete one first.", code="too-many-views")
    try:
        with transaction.atomic():
            return SavedView.objects.create(
                owner=actor, name=said, query=kept, place=place, shared=shared, project=project
            )
    except IntegrityError:
        raise _taken(said) from None


def change_view(
    *, actor: User, view: SavedView, name: str, shared: str = "", project: Project | None = None
) -> SavedView:
    """Rename one's own view, or share it otherwise. Raises Forbidden, NotFound, InvalidInput, Conflict."""
    _require_own(actor, view)
    said = _named(name)
    _require_sharing(actor, shared, project)
    try:
        with transaction.atomic():
            SavedView.objects.filter(pk=view.pk).update(name=said, shared=shared, project=project)
    except IntegrityError:
        raise _taken(said) from None
    view.refresh_from_db()
    return view


def make_default(*, actor: User, view: SavedView, on: bool = True) -> SavedView:
    """Have the list open with one's own view, or no more. Raises Forbidden, NotFound."""
    _require_own(actor, view)
    with transaction.atomic():
        SavedView.objects.filter(owner=actor, place=view.place, is_default=True).update(is_default=False)
        if on:
            SavedView.objects.filter(pk=view.pk).update(is_default=True)
    view.refresh_from_db()
    return view


def delete_view(*, actor: User, view: SavedView) -> None:
    """Do away with one's own view; for those whom it was shared with, too. Raises Forbidden, NotFound."""
    _require_own(actor, view)
    SavedView.objects.filter(pk=view.pk).delete()


def _require_own(actor: User, view: SavedView) -> None:
    if not SavedView.objects.visible_to(actor).filter(pk=view.pk).exists():
        raise NotFound("There is no such view.")
    if view.owner_id != actor.pk:
        raise Forbidden("This view is somebody else's. Open it and save it under a name of your own.")


def _require_sharing(actor: User, shared: str, project: Project | None) -> None:
    if shared not in SavedView.Shared.values:
        raise InvalidInput("Share it with whom?", fields={"shared": "Choose nobody, project or hub."})
    if shared and actor.kind == Kind.GUEST:
        raise Forbidden("Guests keep views for themselves.")
    if shared == SavedView.Shared.PROJECT and project is None:
        raise InvalidInput("Which project's people?", fields={"project": "Choose a project."})
    if project is not None and not Project.objects.visible_to(actor).filter(pk=project.pk).exists():
        raise NotFound("There is no such project.")


def _named(name: str) -> str:
    said = " ".join(name.replace("\0", " ").split())
    if not said or len(said) > 80:
        raise InvalidInput(
            "Give the view a name of at most 80 characters.", fields={"name": "Between 1 and 80 characters."}
        )
    return said


def _query(query: str) -> str:
    kept = urlencode([(name, value) for name, value in parse_qsl(query.lstrip("?")) if name not in {"after_row", "cursor", "after", "part"} or
                      (name == "after" and len(value) == 10)])  # fmt: skip
    if len(kept) > LONGEST_QUERY:
        raise InvalidInput(
            "That is too long a question to keep.", fields={"query": f"At most {LONGEST_QUERY} characters."}
        )
    return kept


def _taken(said: str) -> Conflict:
    words = f"You have a view “{said}” already. Choose another name."
    return Conflict(words, code="view-exists", fields={"name": words})
