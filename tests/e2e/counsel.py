"""What a lawyer's day begins with: invented terms of an aggregator, clips made through it, three people's browsers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Browser, Page

from generations.actions.uploads import receive_upload
from generations.models import Clip, Shot
from reviews.actions.capture import Document, capture
from reviews.actions.holds import place_hold
from reviews.actions.seeds import seed_rights
from reviews.actions.terms import add_source
from sorahub.accounts.models import User
from sorahub.jobs.runner import drain
from tests.e2e.footage import make_clip
from tests.e2e.hub import DESKTOP, PATIENCE_MS, Watched
from tests.e2e.rooms import collect_static, session_of
from tests.people import Agency
from tests.reviews import world

OWNERSHIP = "As between you and Vofy, you own the output."
COMMERCIAL = "You may use the output commercially, in advertising and client work."
TERMS = f"""Vofy Terms of Service

1. The service. Vofy passes your words on to the makers of models and hands you what they return.

2. Output. {OWNERSHIP}

3. Use. {COMMERCIAL}

4. Changes. We tell you of changes thirty days ahead."""
CHANGED = TERMS.replace(COMMERCIAL, f"{COMMERCIAL} Every clip that shows a person must say that it was made by AI.")
MAKER_TERMS = "Nobody real is shown without their consent. Output belongs to whoever ordered it."
PLAN = "“Made with AI” stands in the first frame for three seconds, and in the caption."


@dataclass
class Work:
    """What there is in the morning: a clip that everybody but legal approved, another one on hold, the maker's terms."""

    clip: Clip
    held: Clip

    @property
    def rights(self) -> str:
        """The address of the clip's rights."""
        return f"/clips/{self.clip.pk}/rights/"


@dataclass
class People:
    """Everybody's browser."""

    lena: Page
    alice: Page
    bob: Page


def brought(alice: User, agency: Agency, file: Path, shot: Shot) -> Clip:
    """Upload a file that was made through an aggregator, the whole way in."""
    upload = receive_upload(
        actor=alice, project=agency.aurora, shot=shot, file=file, original_name=file.name, declared_model="sora-2",
        declared_route="vofy", declared_prompt="Mia at the lighthouse", declaration=True,
    )  # fmt: skip
    drain()
    upload.refresh_from_db()
    assert upload.clip is not None, upload.error_message
    return upload.clip


def lay_work(agency: Agency, folder: Path) -> Work:
    """Write the morning's rows by the product's own actions."""
    collect_static()
    seed_rights()
    dusk = Shot.objects.create(project=agency.aurora, code="SC010-SH020", title="Dusk", created_by=agency.alice)
    files = [make_clip(folder / f"take{frames}.mp4", frames) for frames in (48, 49)]
    clip, held = (brought(agency.alice, agency, *each) for each in zip(files, (agency.shot, dusk), strict=True))
    stages = world.staged(agency)
    world.approve(clip, stages["Creative"], agency.bob)
    world.approve(clip, stages["Client"], agency.dora)
    place_hold(actor=agency.lena, clip=held, reason="The client’s counsel asked us to wait.")
    maker = add_source(
        actor=agency.lena, publisher="OpenAI", title="Usage Policies", kind="model_maker", party="openai"
    )
    capture(
        actor=agency.lena, source=maker, raw=MAKER_TERMS.encode(), media_type="text/plain", method="paste",
        document=Document(effective_from=timezone.localdate() - timedelta(days=300)),
    )  # fmt: skip
    return Work(clip, held)


@contextmanager
def browsers(browser: Browser, url: str, agency: Agency) -> Iterator[People]:
    """Open three browsers, which may complain of nothing; lena still has to log in."""
    opened: dict[str, Watched] = {}
    for name in ("lena", "alice", "bob"):
        context = browser.new_context(base_url=url, viewport=DESKTOP, color_scheme="light")
        context.set_default_timeout(PATIENCE_MS)
        if name != "lena":
            key = session_of(getattr(agency, name))
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": url}])
        opened[name] = Watched(context.new_page())
    yield People(**{name: watched.page for name, watched in opened.items()})
    for watched in opened.values():
        watched.page.context.close()
    assert {name: watched.complaints for name, watched in opened.items()} == {name: [] for name in opened}
