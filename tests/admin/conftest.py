"""Two worlds side by side: North's, where alice produces, and South's, where erik does."""

from dataclasses import dataclass

import pytest
from django.db.models import Model
from django.test import Client as Browser

from generations.models import Batch, Clip, Generation, Membership, Prompt, Shot, SpendEntry, SpendLine, Upload
from generations.models.clip import Rendition
from reviews.actions.annotate import write_annotation
from reviews.actions.reviews import send_review
from reviews.models import Stage
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger import record
from sorahub.lib.ids import uuid7
from tests.people import Agency, user
from tests.reviews.world import add_clip, add_generation, ready_to_sign, sign


@dataclass(frozen=True)
class Worlds:
    """The agency, what North has (on the way to a signature), and what South has."""

    agency: Agency
    erik: User
    clip: Clip
    generation: Generation
    south_clip: Clip
    south_shot: Shot
    south_prompt: Prompt
    south_rows: list[Model]


@pytest.fixture
def worlds(agency: Agency) -> Worlds:
    """Rows of most kinds for both clients."""
    erik = user("erik", Kind.PRODUCER)
    Membership.objects.create(project=agency.borealis, user=erik)
    clip = add_clip(agency.aurora, agency.alice, shot=agency.shot)
    generation = add_generation(clip, agency, launcher=agency.alice, route="Vofy")
    _settled(generation, 400_000)
    sign(agency.lena, ready_to_sign(agency, clip))
    write_annotation(actor=agency.bob, clip=clip, id=uuid7(), frame_in=3, frame_out=5, body="Tilts", shapes=())
    stage = Stage.objects.get(project=agency.aurora, name="Creative")
    send_review(actor=agency.alice, project=agency.aurora, stage=stage, title="One", clips=[clip], people=[agency.bob])
    return _with_south(agency, erik, clip, generation)


def _with_south(agency: Agency, erik: User, clip: Clip, generation: Generation) -> Worlds:
    south = agency.borealis
    shot = Shot.objects.create(project=south, code="SECRET-SHOT", title="Dusk", created_by=erik)
    prompt = Prompt.objects.create(shot=shot, version=1, text="A secret lighthouse", created_by=erik)
    there = add_clip(south, erik, grey=50, shot=shot)
    other = Generation.objects.create(
        project=south, prompt=prompt, account=generation.account, model="sora-2", capability_version="1",
        estimate_micro=7_000_000, created_by=erik,
    )  # fmt: skip
    spent = _settled(other, 7_000_000)
    upload = Upload.objects.create(
        project=south, original_name="secret.mp4", size=1, declared_model="m", declared_route="r", created_by=erik
    )
    batch = Batch.objects.create(project=south, name="Secret batch", created_by=erik)
    note = write_annotation(actor=erik, clip=there, id=uuid7(), frame_in=0, frame_out=0, body="Secret", shapes=())
    poster = Rendition.objects.create(
        clip=there, kind="poster", storage_key="x", sha256="0" * 64, size=1, media_type="image/jpeg"
    )
    record.append(kind="test.done", actor=erik.pk, client=south.client_id, subject=south, body={})
    rows: list[Model] = [south.client, south, shot, prompt, there, other, spent, upload, batch, note, poster, erik]
    return Worlds(agency, erik, clip, generation, there, shot, prompt, rows)


def _settled(generation: Generation, micro: int) -> SpendEntry:
    """An entry of the journal with its line in the book of what was spent."""
    amount = {"amount_micro": micro, "currency": "USD"}
    entry = SpendEntry.objects.create(generation=generation, kind="settled", basis="x", **amount)
    place = {"project": generation.project, "client": generation.project.client, "account": generation.account}
    SpendLine.objects.create(entry=entry, book="spent", **amount, **place)
    return entry


def logged_in(who: User) -> Browser:
    """A browser in which this person is logged in."""
    browser = Browser()
    browser.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return browser
