"""A program that acts as alice, and a few videos made once."""

from pathlib import Path

import pytest
from rest_framework.test import APIClient

from sorahub.accounts.actions.tokens import issue_token
from tests.generations.importing.parcels import videos
from tests.people import Agency


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return videos(tmp_path_factory.mktemp("footage"), 5)


@pytest.fixture
def alice(agency: Agency) -> APIClient:
    client = APIClient()
    _, secret = issue_token(actor=agency.alice, name="test", scope="write", days=1)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client
