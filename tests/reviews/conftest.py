"""Fixtures of the tests of reviews."""

import pytest

from generations.models import Clip
from reviews.models import LicenceRecordVersion, SignOff
from tests.people import Agency
from tests.reviews import world


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
