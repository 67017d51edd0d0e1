"""Everything twice: one row of each kind at the own client, North, and one at the other, South, made in the same way.

alice, bob, dora and lena work for North; sam, rita, carol and leo for South. ada administers both.
"""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, transaction
from django.utils import timezone

from generations.actions.batches import launch_batch
from generations.actions.plans import declare_plan
from generations.models import (
    Alarm,
    Budget,
    Character,
    Clip,
    Generation,
    ImportRow,
    ImportRun,
    Invoice,
    Membership,
    Prompt,
    ProvenanceReport,
    ProviderAccount,
    Reference,
    ReferenceChange,
    ReferenceIntake,
    Rendition,
    Shot,
    Transfer,
    Upload,
)
from reviews.actions import drafting_many
from reviews.actions.annotate import write_annotation
from reviews.actions.attach import attach_file
from reviews.actions.capture import Document
from reviews.actions.checklists import make_checklist
from reviews.actions.counsel import Counsel, invite_counsel
from reviews.actions.deliver import grant_download
from reviews.actions.disclosures import make_rule
from reviews.actions.export_notes import request_sheet
from reviews.actions.fetch_terms import KIND, request_fetch
from reviews.actions.holds import place_hold
from reviews.actions.incidents import report_incident
from reviews.actions.licensing import write_licensing_note
from reviews.actions.marks import add_shapes
from reviews.actions.overrides import request_override
from reviews.actions.rankings import close_ranking, open_ranking
from reviews.actions.releases import add_release
from reviews.actions.reviews import send_review
from reviews.actions.terms import add_source, capture_terms, mark_clause
from reviews.interchange.gathering import Filters
from reviews.models import (
    Animatic,
    Annotation,
    Bundle,
    Certificate,
    ClauseFlag,
    Deliverable,
    ExtensionRequest,
    Notice,
    RankingResult,
    Recall,
    ReferenceRelease,
    ReReview,
    TermsChange,
    TermsImport,
    TermsSource,
    TermsVersion,
)
from sorahub.accounts.actions.tokens import issue_token
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.jobs.models import Job, JobState
from sorahub.ledger import checkpoints
from sorahub.ledger.models import Event
from sorahub.lib import storage
from sorahub.lib.ids import uuid7
from tests.labels import kept, labelled
from tests.people import Agency, found_agency, provider_account, user
from tests.reviews import world

ORDER = {"seconds": 4, "size": "1280x720"}
QUESTIONS: list[dict[str, Any]] = [{"question": "Do we own the output?", "clears_with": ["yes"]}]
DUTY: dict[str, Any] = {
    "title": "Say that it is AI", "territories": ["JP"], "duty": "A label.", "source": "A law", "sourced_on": date(2026, 1, 1),
}  # fmt: skip
Side = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class TwoClients:
    """The people of North and ada, by kind; the rows of both sides by name; what belongs to neither is on both."""

    people: dict[str, User | None]
    own: Side
    other: Side


@contextmanager
def inside_a_transaction(blocker: Any) -> Iterator[None]:
    """Let a whole module share rows: everything inside is rolled back at its end.

    The connection is kept open meanwhile: Django closes it after every test, and a closed connection loses its transaction.
    """
    with blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections["default"], "close", lambda: None)
        yield
        transaction.set_rollback(True)


def found_two_clients() -> TwoClients:
    """Write all rows."""
    north = found_agency()
    south = _south(north)
    account = provider_account("http://localhost:9/v1")
    soon = (timezone.now() + timedelta(days=9)).isoformat()
    shared = {"account": account, "soon": soon}
    own, other = ({**shared, **_side(each, account, grey)} for each, grey in ((north, 60), (south, 160)))
    changed = _changed_terms(north.lena)
    own, other = {**own, **changed}, {**other, **changed}
    people: dict[str, User | None] = {
        "anonymous": None,
        "producer": north.alice,
        "reviewer": north.bob,
        "guest": north.dora,
        "legal": north.lena,
        "administrator": north.ada,
    }
    return TwoClients(people, own, other)


def _south(north: Agency) -> Agency:
    """The same people and things on the other side."""
    sam, rita, leo = user("sam", Kind.PRODUCER), user("rita", Kind.REVIEWER), user("leo", Kind.LEGAL)
    borealis = north.borealis
    Membership.objects.bulk_create([Membership(project=borealis, user=one) for one in (sam, rita, leo)])
    shot = Shot.objects.create(project=borealis, code="SC900-SH010", title="Dusk", created_by=sam)
    prompt = Prompt.objects.create(shot=shot, version=1, text="A harbour at dusk", created_by=sam)
    return dataclasses.replace(
        north,
        alice=sam,
        bob=rita,
        lena=leo,
        dora=north.carol,
        north=north.south,
        aurora=borealis,
        shot=shot,
        prompt=prompt,
    )


def _side(who: Agency, account: ProviderAccount, grey: int) -> Side:
    made = {"client": who.north, "project": who.aurora, "shot": who.shot, "prompt": who.prompt, "person": who.bob}
    made |= kept(who)
    made |= _people_rows(who) | _made(who, account, grey) | _clips(who, grey)
    made |= _judged(who, made) | _cleared(who, made)
    event = Event.objects.filter(chain__client_id=who.north.pk).latest("seq")
    made |= {"ledger-event": event, "ledger-checkpoint": checkpoints.make(event.chain)}
    return made


def _people_rows(who: Agency) -> Side:
    membership = Membership.objects.get(project=who.aurora, user=who.bob)
    spare = user(f"spare-{who.aurora.code.lower()}", Kind.REVIEWER)
    Membership.objects.create(project=who.aurora, user=spare)
    return {
        "member": membership,
        "spare": spare,
        "guest": who.dora,
        "token": issue_token(actor=who.alice, name="ci", scope="read", days=9)[0],
    }


def _made(who: Agency, account: ProviderAccount, grey: int) -> Side:
    order: dict[str, Any] = {"account": account, "model": "sora-2", "params": ORDER}
    batch = launch_batch(actor=who.alice, name="Dawns", prompts=[who.prompt], **order)
    failed = Generation.objects.create(
        project=who.aurora, prompt=who.prompt, account=account, model="sora-2", params=ORDER, capability_version="1",
        state="failed", estimate_micro=0, created_by=who.alice,
    )  # fmt: skip
    upload = Upload.objects.create(
        project=who.aurora, original_name="a.mp4", size=9, declared_model="sora-2", declared_route="Vofy",
        declaration=True, created_by=who.alice,
    )  # fmt: skip
    transfer = Transfer.objects.create(
        project=who.aurora, purpose="footage", original_name="b.mp4", size=9, chunk_size=65536, created_by=who.alice
    )
    run = ImportRun.objects.create(
        project=who.aurora, name="Reel", state="ready", total=1, counts={"new": 1}, created_by=who.alice
    )
    row = ImportRow.objects.create(run=run, number=1, name="b.mp4", key=f"{grey:064x}", state="new")
    reference = Reference.objects.create(
        project=who.aurora, kind="image", sha256=f"{grey:064x}", size=9, media_type="image/png", storage_key="none",
        source="Photographer", rights="Ours", created_by=who.alice,
    )  # fmt: skip
    generation = batch.generations.get()
    change = ReferenceChange.objects.create(
        reference=reference, before={"credit": ""}, after={"credit": "Ann"}, changed_by=who.alice
    )
    measured = Transfer.objects.create(
        project=who.aurora, purpose="reference", original_name="c.png", size=9, chunk_size=65536, created_by=who.alice,
        state="taken",
    )  # fmt: skip
    intake = ReferenceIntake.objects.create(transfer=measured, created_by=who.alice)
    return {
        "reference-change": change, "reference-intake": intake,
        "batch": batch, "generation": generation, "failed-generation": failed, "upload": upload, "reference": reference,
        "spend-entry": generation.spend.get(), "transfer": transfer,
        "import": run, "import-row": row, **_watched(who, account, grey),
    }  # fmt: skip


def _watched(who: Agency, account: ProviderAccount, grey: int) -> Side:
    """A character whose answer is missing, made from a video; a limit that is far away; an alarm."""
    video = Reference.objects.create(
        project=who.aurora, kind="video", sha256=f"{grey + 1:064x}", size=9, media_type="video/mp4", storage_key="none",
        source="Photographer", rights="Ours", created_by=who.alice,
    )  # fmt: skip
    character = Character.objects.create(
        project=who.aurora, account=account, reference=video, name="Otto", state="unknown", created_by=who.alice
    )
    budget = Budget.objects.create(name="Spring", project=who.aurora, hard_micro=10**12, created_by=who.ada)
    alarm = Alarm.objects.create(
        kind="late", key=f"late in {who.aurora.code}", project=who.aurora, message="Late.", mend="Look."
    )
    bill = storage.receive(
        [f"When,Cost,Work\n2026-03-05,1.00,{grey}\n".encode()], max_bytes=99, into=settings.MEDIA_ROOT / "incoming"
    )
    invoice = Invoice.objects.create(
        account=account, number=f"R-{grey}", currency="USD", file=storage.commit(bill, settings.MEDIA_ROOT, suffix=".csv"),
        file_name="march.csv", sha256=bill.sha256, size=bill.size, created_by=who.ada,
    )  # fmt: skip
    return {"video-reference": video, "character": character, "budget": budget, "alarm": alarm, "invoice": invoice}


def _clips(who: Agency, grey: int) -> Side:
    clips = [_clip(who, grey + number) for number in range(3)]
    rendition = _rendition(clips[0])
    Rendition.objects.create(
        clip=clips[0], kind="sprite", storage_key="none", sha256="1" * 64, size=9, media_type="image/jpeg",
        layout={"tile_width": 240, "tile_height": 135, "columns": 6, "tiles": [{"frame": 6, "x": 0, "y": 0}]},
    )  # fmt: skip
    report = ProvenanceReport.objects.create(clip=clips[0], c2pa_state="absent")
    return {
        "clip": clips[0], "open-clip": clips[1], "held-clip": clips[2], "rendition": rendition, "provenance-report": report,
    }  # fmt: skip


def _clip(who: Agency, grey: int) -> Clip:
    return world.add_clip(who.aurora, who.alice, grey=grey, shot=who.shot, route=f"Vofy {who.aurora.code}")


def _rendition(clip: Clip) -> Rendition:
    key = f"renditions/{clip.pk}/poster.webp"
    path = Path(settings.MEDIA_ROOT) / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a picture")
    return Rendition.objects.create(
        clip=clip, kind="poster", storage_key=key, sha256="0" * 64, size=9, media_type="image/webp"
    )


def _judged(who: Agency, made: Side) -> Side:
    """Notes, stages, decisions and a review; the first two clips are approved by creative and client."""
    stages = world.staged(who)
    for clip in (made["clip"], made["open-clip"]):
        world.approve(clip, stages["Creative"], who.bob)
        world.approve(clip, stages["Client"], who.dora)
    note = write_annotation(
        actor=who.alice, clip=made["clip"], id=uuid7(), frame_in=0, frame_out=1, body="Brighter", visibility="client"
    )
    review = send_review(
        actor=who.alice,
        project=who.aurora,
        stage=stages["Client"],
        title="First",
        clips=[made["clip"]],
        people=[who.dora],
    )
    sheet = request_sheet(actor=who.alice, of=made["clip"], filters=Filters())
    return {
        "note-sheet": sheet,
        "stage": stages["Creative"], "client-stage": stages["Client"], "annotation": note, "review": review,
        "decision": made["clip"].decisions.filter(stage=stages["Client"]).get(), **_on_note(who, note), **_ranked(who, made),
    }  # fmt: skip


def _ranked(who: Agency, made: Side) -> Side:
    """A ranking of two takes that bob is to judge, and one that was closed without a vote."""
    asked: dict[str, Any] = {
        "clips": [made["clip"], made["open-clip"]],
        "judges": [who.bob],
        "question": "Which is better?",
    }
    ranking, closed = (open_ranking(actor=who.alice, project=who.aurora, **asked) for _ in range(2))
    close_ranking(actor=who.alice, ranking=closed)
    scores = {
        "method": "none", "votes": 0, "wins": [[0, 0], [0, 0]], "ties": [[0, 0], [0, 0]], "state": "empty", "parts": [],
        "takes": [], "chances": [], "sure": [], "pairs": [], "judges": [], "sides": {"left": 0, "right": 0, "tie": 0, "p": None},
        "agreement": {"judges": 0, "pairs": 0, "kappa": None, "percent": None},
    }  # fmt: skip
    RankingResult.objects.create(ranking=closed, votes_sha256=closed.votes_sha256, votes=0, scores=scores)
    return {
        "ranking": ranking, "closed-ranking": closed, "ranking-pair": ranking.pairs.get(),
        "ranking-entry": ranking.entries.get(position=0),
    }  # fmt: skip


def _on_note(who: Agency, note: Annotation) -> Side:
    """What hangs on a note: a mark, a file, and what its author was told of it."""
    mark = {"id": str(uuid7()), "kind": "pen", "points": [[0, 0], [1, 1]], "stroke": 0.01}
    words = SimpleUploadedFile("brief.txt", f"For {who.aurora.code}.".encode())
    return {
        "shape": add_shapes(actor=who.alice, annotation=note, shapes=[mark])[0],
        "attachment": attach_file(actor=who.alice, annotation=note, id=uuid7(), file=words, original_name="brief.txt"),
        "notice": Notice.objects.create(
            user=who.alice, kind="reply", project=who.aurora, clip=note.clip, annotation=note, actor=who.bob
        ),
    }


def _cleared(who: Agency, made: Side) -> Side:
    """Terms, a signed record on the first clip, an unsigned one on the second, a hold on the third, and what left."""
    version = TermsVersion.objects.first() or world.capture(who.lena)
    clause = mark_clause(actor=who.lena, terms_version=version, quote="you own the output", topic="ownership")
    governing = world.governing(who.lena, route=f"Vofy {who.aurora.code}")
    record_version = world.draft(who.bob, made["clip"], governing)
    open_version = world.draft(who.bob, made["open-clip"], governing)
    sign_off = world.sign(who.lena, record_version)
    release = add_release(
        actor=who.alice, project=who.aurora, kind="model", subject="Mia", scope="All", uses=["social_media"],
        territories=["WORLD"], valid_from=date(2026, 1, 1), document_name="mia.pdf",
        document=SimpleUploadedFile("mia.pdf", f"%PDF-1.7 {who.aurora.code}".encode()),
    )  # fmt: skip
    delivery = grant_download(actor=who.alice, clip=made["clip"], **world.SCOPE).delivery
    return {
        **_brought_in(who, version.source),
        "terms-source": version.source, "terms-version": version, "clause": clause, "governing-set": governing,
        "licensing-note": write_licensing_note(actor=who.bob, clip=made["clip"], body="It is ours.", clauses=[clause]),
        "licence-record": record_version.record, "licence-record-version": record_version,
        "open-version": open_version, "sign-off": sign_off, "release": release,
        "reference-release": ReferenceRelease.objects.create(
            reference=made["reference"], name="Mia", release=release, linked_by=who.lena
        ),
        "hold": place_hold(actor=who.lena, clip=made["held-clip"], reason="A complaint"), "delivery": delivery,
        "incident": report_incident(actor=who.lena, clip=made["held-clip"], kind="claim", words="A claim"),
        "recall": Recall.objects.create(delivery=delivery, release=release, reason="The consent was withdrawn."),
        **labelled(who, made),
        "checklist": make_checklist(
            actor=who.lena, client=who.north, title="Own rights", market="JP", questions=QUESTIONS
        ),
        "disclosure-rule": make_rule(actor=who.lena, **DUTY),
        "extension-request": ExtensionRequest.objects.create(
            clip=made["clip"], clip_sha256=made["clip"].sha256, use="cinema", territory="DE", purpose="advertising",
            starts_at=timezone.now(), reason="A film festival", asked_by=who.alice,
        ),
        "override": _override(who, made["held-clip"]), "bundle": _bundle(who, made["clip"], sign_off),
        "counsel-invitation": invite_counsel(
            actor=who.lena, record_version=open_version,
            counsel=Counsel(f"rosa@{who.aurora.code.lower()}.example", "Rosa Kahn", "Kahn & Partners"),
        ),
        "certificate": _certificate(who, sign_off),
        "deliverable": _deliverable(who, made["clip"], sign_off),
        "animatic": _animatic(who, made["clip"]),
        **_changed(who, version, record_version),
    }  # fmt: skip


def _changed_terms(lena: User) -> Side:
    """A document of the whole agency that reads differently than before, with a clause that is not there any more."""
    source = add_source(actor=lena, publisher="Zeta", title="Terms")
    words = ("Zeta gives you the output.", "Zeta lends you the picture.")
    for number, text in enumerate(words):
        version = capture_terms(
            actor=lena, source=source, label=f"v{number}", raw=text.encode(), media_type="text/plain", method="paste"
        )
        if number == 0:
            mark_clause(actor=lena, terms_version=version, quote="the output", topic="ownership")
    return {
        "changed-source": source,
        "terms-change": TermsChange.objects.get(after=version),
        "clause-flag": ClauseFlag.objects.get(version=version),
    }


def _brought_in(who: Agency, source: TermsSource) -> Side:
    """A document that waits to be fetched, and an archive that was looked into: the agency's, so the same on both sides."""
    document = Document(address="http://localhost:9/terms")
    archive = {"archive": "Lumo collection", "format": "dataset", "file": "none", "state": "ready"}
    return {
        "terms-errand": Job.objects.filter(kind=KIND).first()
        or request_fetch(actor=who.lena, source=source, document=document),
        "terms-import": TermsImport.objects.first() or TermsImport.objects.create(**archive, created_by=who.lena),
    }


def _changed(who: Agency, version: TermsVersion, record_version: Any) -> Side:
    """A change that led to the present terms, a record to be read anew for its sake, and a plan with its receipt."""
    values = {
        "raw": b"-", "media_type": "text/plain", "text": "-", "text_sha256": "0" * 64, "method": "paste",
        "raw_sha256": "0" * 64, "captured_at": datetime(2025, 1, 1, tzinfo=UTC), "captured_by": who.lena,
    }  # fmt: skip
    before = TermsVersion.objects.get_or_create(source=version.source, label="before", defaults=values)[0]
    change = TermsChange.objects.get_or_create(before=before, after=version, defaults={"suggestion": "unsure"})[0]
    task = ReReview.objects.create(change=change, record_version=record_version, opened_by=who.lena)
    receipt = SimpleUploadedFile("receipt.pdf", b"%PDF-1.7 receipt")
    account = ProviderAccount.objects.latest("created_at")
    plan = declare_plan(
        actor=who.ada,
        account=account,
        starts_on=date(2026, 1, 1),
        plan="Pro",
        receipt=receipt,
        receipt_name="receipt.pdf",
    )
    return {"re-review": task, "plan-period": plan, "redraft": _redraft(who, record_version)}


def _redraft(who: Agency, record_version: Any) -> Job:
    """A run of alice's that is done and skipped the only record."""
    told = {"user": str(who.alice.pk), "governing_set": str(record_version.governing_set_id), "reason": "New terms"}
    return Job.objects.create(
        kind=drafting_many.KIND, key=f"redraft of {record_version.pk}", subject_id=who.alice.pk, state=JobState.SUCCEEDED,
        payload={**told, "versions": [str(record_version.pk)]},
        result={"drafted": {}, "skipped": {str(record_version.pk): ["newer-version", "Drafted meanwhile."]}},
    )  # fmt: skip


def _override(who: Agency, clip: Clip) -> Any:
    expires = timezone.now() + timedelta(days=9)
    return request_override(actor=who.ada, clip=clip, block="release-missing", reason="Urgent", expires_at=expires)


def _certificate(who: Agency, sign_off: Any) -> Certificate:
    key = f"certificates/{uuid7()}.pdf"
    path = Path(settings.MEDIA_ROOT) / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"%PDF-1.7")
    return Certificate.objects.create(
        sign_off=sign_off, storage_key=key, sha256=sha256(path.read_bytes()).hexdigest(), size=8, verifier_sha256="ab" * 32,
        state="valid", issued_to=who.lena,
    )  # fmt: skip


def _animatic(who: Agency, clip: Clip) -> Animatic:
    """A finished video of the story."""
    path = Path(settings.MEDIA_ROOT) / "animatics" / f"{who.aurora.pk}.mp4"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a story")
    return Animatic.objects.create(
        project=who.aurora, state="ready", rate_num=24, rate_den=1, frames=24, frames_done=24, sha256="2" * 64, bytes=7,
        storage_key=f"animatics/{path.name}", plan={"shots": [{"sha256": clip.sha256}], "pieces": []}, created_by=who.alice,
    )  # fmt: skip


def _deliverable(who: Agency, clip: Clip, sign_off: Any) -> Deliverable:
    key = f"deliverables/{uuid7()}.mp4"
    path = Path(settings.MEDIA_ROOT) / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a marked copy")
    return Deliverable.objects.create(
        clip=clip, sign_off=sign_off, state="ready", storage_key=key, sha256=sha256(path.read_bytes()).hexdigest(), size=13,
        use="social_media", territory="DE", purpose="advertising", source_sha256=clip.sha256, media_type="video/mp4",
        created_by=who.lena, verified_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def _bundle(who: Agency, clip: Clip, sign_off: Any) -> Bundle:
    key = f"bundles/{uuid7()}.zip"
    path = Path(settings.MEDIA_ROOT) / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a bundle")
    return Bundle.objects.create(
        clip=clip, sign_off=sign_off, state="ready", storage_key=key, sha256=sha256(path.read_bytes()).hexdigest(), size=8, created_by=who.lena,
        verified_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
