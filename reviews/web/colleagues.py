"""Who works for the agency: for guests its own pages do not exist."""

from django.http import Http404, HttpRequest

from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.accounts.web.forms import person


def colleague(request: HttpRequest) -> User:
    """Return the person, if they work for the agency. Raises Http404 for guests."""
    user = person(request)
    if user.kind == Kind.GUEST:
        raise Http404
    return user
