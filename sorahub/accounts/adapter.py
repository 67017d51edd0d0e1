"""How log-in behaves: an agency's hub has no self-registration."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import Http404, HttpRequest, HttpResponse


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are made by administrators, never by visitors."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: nobody registers themselves."""
        return False


def closed(request: HttpRequest) -> HttpResponse:
    """Stand in for a page that the hub does not have.

    People change no address themselves: it names them in signatures, and log-in codes are sent to it.
    """
    raise Http404
