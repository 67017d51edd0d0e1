"""Programs that speak to the API as the people of the tests."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from sorahub.accounts.actions.tokens import issue_token
from sorahub.accounts.models import User

Program = Callable[..., APIClient]


@pytest.fixture
def program(db: None) -> Program:
    """Make a client that sends a token of this person: ``program(alice)``, ``program(alice, scope="read")``."""

    def make(person: User, scope: str = "write") -> APIClient:
        client = APIClient()
        _, secret = issue_token(actor=person, name="test", scope=scope, days=1)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return make


def post(client: APIClient, path: str, body: dict[str, Any], **headers: str) -> Any:
    """POST JSON below /api/v1/."""
    return client.post(f"/api/v1/{path}", body, format="json", headers=headers)
