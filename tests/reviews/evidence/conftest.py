"""A bundle as the job makes it, from real rows: what lena hands to counsel."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings

from generations.models import Clip
from reviews.actions.evidence import request_bundle
from reviews.actions.licensing import write_licensing_note
from reviews.actions.terms import mark_clause
from reviews.models import Bundle, SignOff
from sorahub.jobs import runner
from tests.people import Agency
from tests.reviews import world

SECRET = "Privileged: settle if they ask"


@pytest.fixture
def told(agency: Agency, clip: Clip) -> Clip:
    """The clip with its whole story: a generation, a note citing a clause, a privileged note."""
    world.add_generation(clip, agency, launcher=agency.alice, route="Vofy")
    terms = world.capture(agency.lena)
    clause = mark_clause(actor=agency.bob, terms_version=terms, quote="you own the output", topic="ownership")
    write_licensing_note(actor=agency.bob, clip=clip, body="The output is ours.", clauses=[clause])
    write_licensing_note(actor=agency.lena, clip=clip, body=SECRET, clauses=[clause], privileged=True)
    return clip


@pytest.fixture
def approval(agency: Agency, told: Clip) -> SignOff:
    """Lena's approval of the clip with its story."""
    return world.sign(agency.lena, world.ready_to_sign(agency, told))


def made(agency: Agency, sign_off: SignOff) -> Bundle:
    """Ask for the bundle as lena and let the job run."""
    bundle = request_bundle(actor=agency.lena, sign_off=sign_off)
    runner.drain()
    bundle.refresh_from_db()
    assert bundle.state == Bundle.State.READY, bundle.error_message
    return bundle


def folder(bundle: Bundle) -> Path:
    """The bundle unzipped beside its zip, once."""
    archive = Path(settings.MEDIA_ROOT) / bundle.storage_key
    received = archive.parent.parent / "received"
    if not (received / str(bundle.pk)).exists():
        shutil.unpack_archive(archive, received)
    return received / str(bundle.pk)


@pytest.fixture
def bundle(agency: Agency, approval: SignOff) -> Bundle:
    """The finished bundle."""
    return made(agency, approval)


@pytest.fixture
def root(bundle: Bundle, tmp_path: Path) -> Path:
    """The bundle unzipped somewhere else, as its receiver has it."""
    shutil.unpack_archive(Path(settings.MEDIA_ROOT) / bundle.storage_key, tmp_path / "received")
    return tmp_path / "received" / str(bundle.pk)
