"""Fixtures of the tests of reviews. What they say of both databases is said of SQLite among the long proofs: the daily run is to be short."""

from pathlib import Path

import pytest

from generations.models import Clip
from reviews.models import LicenceRecordVersion, SignOff
from tests.people import Agency
from tests.reviews import world

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what belongs to the core here as at length."""
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("core"):
            item.add_marker(pytest.mark.at_length)


@pytest.fixture
def clip(agency: Agency) -> Clip:
    """A real clip that alice uploaded to Aurora; it was made through Vofy."""
    return world.add_clip(agency.aurora, agency.alice, shot=agency.shot)


@pytest.fixture
def version(agency: Agency, clip: Clip) -> LicenceRecordVersion:
    """A licence record version of the clip that lena can sign."""
    return world.ready_to_sign(agency, clip)


@pytest.fixture
def signed(agency: Agency, version: LicenceRecordVersion) -> SignOff:
    """Lena's approval of it."""
    return world.sign(agency.lena, version)
