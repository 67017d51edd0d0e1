"""Browsers of the people of the tests, and a real clip."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.http.response import HttpResponseBase
from django.test import Client as Browser

from generations.models import Clip, ProviderAccount
from sorahub.accounts.models import User
from tests.generations.factories import small_mp4, uploaded_clip
from tests.people import Agency, provider_account

Login = Callable[[User], Browser]


def body(answer: HttpResponseBase) -> bytes:
    """The whole body; reading a streamed one to its end closes its file."""
    return b"".join(answer)


def status(browser: Browser, address: str) -> int:
    """The status of an answer that nobody reads."""
    answer = browser.get(address)
    body(answer)
    return answer.status_code


@pytest.fixture
def login() -> Login:
    """Log somebody in and return their browser."""

    def logged_in(user: User) -> Browser:
        browser = Browser()
        browser.force_login(user)
        return browser

    return logged_in


@pytest.fixture
def account(db: None) -> ProviderAccount:
    """An account with the embedded service's models; nothing answers at its address."""
    return provider_account()


@pytest.fixture
def clip(agency: Agency, tmp_path: Path) -> Clip:
    """A real clip that alice uploaded, with its renditions."""
    return uploaded_clip(agency.alice, agency.aurora, small_mp4(tmp_path / "take.mp4"), shot=agency.shot)
