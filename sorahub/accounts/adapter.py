"""How log-in behaves: an agency's hub has no self-registration."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Accounts are made by administrators, never by visitors."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: nobody registers themselves."""
        return False
