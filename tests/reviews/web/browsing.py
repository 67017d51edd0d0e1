"""What the tests of pages share: a browser in which somebody is logged in."""

from django.test import Client

from sorahub.accounts.models import User


def logged_in(user: User) -> Client:
    """A browser in which this person is logged in."""
    browser = Client()
    browser.force_login(user)
    return browser
