"""The main job, told step by step: three prompts become clips, and one becomes a cleared clip with verified evidence.

Each step finds what an earlier run left and makes only what is missing, so that a second run is quick.
"""

import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from generations.actions import launches, prompts, provider_accounts, retries, shots
from generations.models import Clip, Generation, Prompt, ProviderAccount, Rendition, Shot
from generations.models.generation import TERMINAL, State
from reviews.actions import annotate, clear, decide, deliver, evidence, licensing, reviews, sign, terms
from reviews.actions.seeds import seed_rights
from reviews.models import (
    Annotation,
    Bundle,
    ChecklistTemplate,
    Decision,
    Delivery,
    DisclosureRule,
    GoverningSet,
    LicenceRecordVersion,
    LicensingNote,
    Review,
    SignOff,
    Stage,
    TermsSource,
    TermsVersion,
)
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.demo.agency import Agency
from sorahub.demo.answers import answers
from sorahub.demo.telling import StepFailed, Teller, wait_until
from sorahub.demo.terms_text import CLAUSES, TERMS
from sorahub.ledger import timestamps
from sorahub.lib import signing

PROMPTS = (
    ("SH010", "First light", "A quiet harbour at dawn, mist over the water, one red boat drifting towards the camera"),
    (
        "SH020",
        "The roast",
        "Steam rising from a copper coffee roaster in a sunlit workshop, slow push in, dust in the light",
    ),
    (
        "SH030",
        "The cup",
        "A white cup on a wooden table by a rainy window, the city blurred behind it, gentle handheld",
    ),
)
SEED = 20260
PARAMS = {"seconds": 4, "size": "1280x720"}
LABEL = "2026-10-01"
CHECKLIST = "rights-of-a-clip"
USE, TERRITORY, PURPOSE = "online_advertising", "DE", "advertising"
WAIT_SECONDS = 240.0
VERIFY_SECONDS = 120


@dataclass
class Outcome:
    """What the main job made."""

    clips: list[Clip]
    sign_off: SignOff
    bundle: Bundle
    bundle_folder: Path


class Story:
    """Walks the way. ``alive`` is called while waiting and raises when a service has died."""

    def __init__(self, agency: Agency, password: str, teller: Teller, alive: Callable[[], None]) -> None:
        self.agency = agency
        self.password = password
        self.teller = teller
        self._services_alive = alive
        self.project = agency.projects["AURORA"]

    def who(self, key: str) -> User:
        """Return a person of the agency by key."""
        return self.agency.people[key]

    def alive(self) -> None:
        """Raise when a service is lost for good or somebody wants to stop."""
        self._services_alive()
        self.teller.check()

    def run(self) -> Outcome:
        """Take every step; raise StepFailed at the first that does not hold."""
        step = self.teller.step
        step("account", self._account)
        written = step("prompts", self._prompts)
        launched = step("launch", lambda: self._launch(written))
        clips = step("clips", lambda: self._clips(launched))
        step("notes", lambda: self._annotate(clips))
        step("review", lambda: self._review(clips))
        step("decisions", lambda: self._decide(clips))
        version = step("terms", self._terms)
        governing = step("governing", lambda: self._governing(version))
        step("notes cited", lambda: self._licensing_note(clips[0], version))
        checklist = step("checklist", self._checklist)
        record = step("licence", lambda: self._draft(clips[0], governing, checklist, version))
        sign_off = step("sign-off", lambda: self._sign(record))
        step("clearance", lambda: self._clear(clips[0]))
        bundle = step("evidence", lambda: self._bundle(sign_off))
        folder = step("verify", lambda: self._verify(bundle))
        step("download", lambda: self._download(clips[0]))
        return Outcome(clips, sign_off, bundle, folder)

    def _account(self) -> tuple[str, None]:
        account = self.agency.account
        if not account.test_passed:
            provider_accounts.request_test(actor=self.who("ada"), account=account)

        def tested() -> ProviderAccount | None:
            row = ProviderAccount.objects.get(pk=account.pk)
            return row if row.tested_at else None

        row = wait_until("The account's test", tested, within=WAIT_SECONDS, alive=self.alive)
        if not row.test_passed:
            raise StepFailed(f"account: {row.test_message}")
        return f"Ada tested the account at the embedded service: {row.test_message}", None

    def _prompts(self) -> tuple[str, list[Prompt]]:
        alice = self.who("alice")
        written = [self._prompt(alice, *row) for row in PROMPTS]
        return f"Alice wrote {len(written)} prompts for {self.project.name}", written

    def _prompt(self, alice: User, code: str, title: str, text: str) -> Prompt:
        shot = Shot.objects.filter(project=self.project, code=code).first() or shots.add_shot(
            actor=alice, project=self.project, code=code, title=title, intended_frames=96
        )
        found = Prompt.objects.filter(shot=shot, text=text).order_by("version").first()
        return found or prompts.write_prompt(actor=alice, shot=shot, text=text)

    def _launch(self, written: list[Prompt]) -> tuple[str, list[Generation]]:
        launched = [self._generation(prompt, SEED + number) for number, prompt in enumerate(written)]
        cost = sum(generation.estimate_micro for generation in launched) / 1_000_000
        return f"three generations at the embedded service, estimated {cost:.2f} {launched[0].currency}", launched

    def _generation(self, prompt: Prompt, seed: int) -> Generation:
        """The prompt's generation, or what was asked for again in its place where an earlier run saw it fail."""
        alice = self.who("alice")
        made = launches.launch_generation(
            actor=alice,
            prompt=prompt,
            account=self.agency.account,
            model="sora-2",
            mode="text_to_video",
            params={**PARAMS, "seed": seed},
            idempotency_key=f"demo-{prompt.pk}",
        )
        ended_badly = made.state in TERMINAL and made.state != State.SUCCEEDED
        return retries.retry_generation(actor=alice, generation=made) if ended_badly else made

    def _clips(self, launched: list[Generation]) -> tuple[str, list[Clip]]:
        clips = [self._clip(generation) for generation in launched]
        frames = sum(clip.frame_count for clip in clips)
        return f"{len(clips)} clips rendered, fetched and ingested: {frames} frames, counted", clips

    def _clip(self, generation: Generation) -> Clip:
        def done() -> Clip | None:
            row = Generation.objects.select_related("clip").get(pk=generation.pk)
            if row.state in TERMINAL and row.state != State.SUCCEEDED:
                raise StepFailed(f"A generation ended as {row.state}: {row.error_message or row.error_code}")
            return row.clip if row.state == State.SUCCEEDED else None

        clip = wait_until("The generation", done, within=WAIT_SECONDS, alive=self.alive)

        def poster() -> Rendition | None:
            return Rendition.objects.filter(clip=clip, kind=Rendition.Kind.POSTER).first()

        wait_until("The poster", poster, within=WAIT_SECONDS, alive=self.alive)
        return clip

    def _annotate(self, clips: list[Clip]) -> tuple[str, None]:
        for clip in clips:
            self._annotation(clip)
        return f"Bob wrote a note with an arrow on each of {len(clips)} clips", None

    def _annotation(self, clip: Clip) -> None:
        note_id = uuid.uuid5(clip.pk, "demo note")
        if Annotation.objects.filter(pk=note_id).exists():
            return
        arrow = {
            "id": str(uuid.uuid5(clip.pk, "demo arrow")),
            "kind": "arrow",
            "schema": 1,
            "points": [[0.25, 0.62], [0.46, 0.44]],
            "stroke": 0.008,
            "colour": "red",
        }
        annotate.write_annotation(
            actor=self.who("bob"),
            clip=clip,
            id=note_id,
            frame_in=24,
            frame_out=47,
            body="Lovely light here. Keep this move as it is.",
            category="picture",
            visibility="client",
            shapes=[arrow],
        )

    def _review(self, clips: list[Clip]) -> tuple[str, None]:
        for stage in self._stages():
            title = f"{self.project.name}: {stage.name.lower()} review"
            if not Review.objects.filter(project=self.project, stage=stage, title=title).exists():
                reviews.send_review(
                    actor=self.who("alice"),
                    project=self.project,
                    stage=stage,
                    title=title,
                    clips=clips,
                    people=[self._judge(stage)],
                    due_at=timezone.now() + timedelta(days=3),
                    message="Three takes for the spring film. Please look at the light.",
                )
        return "Alice put the clips before Bob (creative) and Dora (client)", None

    def _stages(self) -> list[Stage]:
        return list(Stage.objects.filter(project=self.project).exclude(role="legal").order_by("position"))

    def _judge(self, stage: Stage) -> User:
        return self.who({"reviewer": "bob", "guest": "dora"}[stage.role])

    def _decide(self, clips: list[Clip]) -> tuple[str, None]:
        for clip in clips:
            for stage in self._stages():
                judge = self._judge(stage)
                if Decision.objects.filter(clip=clip, stage=stage, user=judge, clip_sha256=clip.sha256).exists():
                    continue
                if judge.kind == Kind.GUEST:
                    self._until_watchable(clip)
                decide.decide(actor=judge, clip=clip, stage=stage, verdict="approved", seen_sha256=clip.sha256)
        return "approved in the creative stage by Bob and in the client stage by Dora", None

    def _until_watchable(self, clip: Clip) -> None:
        """A guest decides about what could be watched: wait for the watermarked copy."""

        def made() -> Clip | None:
            return clip if clip.renditions.filter(kind=Rendition.Kind.GUEST_PROXY).exists() else None

        wait_until("The watermarked copy", made, within=WAIT_SECONDS, alive=self.alive)

    def _terms(self) -> tuple[str, TermsVersion]:
        lena = self.who("lena")
        source = TermsSource.objects.filter(publisher="SoraHub", title="Embedded service terms").first()
        source = source or terms.add_source(
            actor=lena, publisher="SoraHub", title="Embedded service terms", product="Embedded generation service"
        )
        version = TermsVersion.objects.filter(source=source, label=LABEL).first() or terms.capture_terms(
            actor=lena,
            source=source,
            label=LABEL,
            raw=TERMS.encode(),
            media_type="text/markdown",
            method="paste",
            published_on=datetime(2026, 9, 15, tzinfo=UTC).date(),
            effective_from=datetime(2026, 10, 1, tzinfo=UTC).date(),
            accepted_at=datetime(2026, 10, 2, 9, 0, tzinfo=UTC),
        )
        for topic, quote in CLAUSES:
            if not version.clauses.filter(topic=topic).exists():
                terms.mark_clause(actor=lena, terms_version=version, quote=quote, topic=topic)
        return f"Lena captured the terms of {LABEL} and marked {len(CLAUSES)} clauses", version

    def _governing(self, version: TermsVersion) -> tuple[str, GoverningSet]:
        name = "Embedded service, demo plan"
        governing = GoverningSet.objects.filter(name=name).first() or terms.make_governing_set(
            actor=self.who("lena"),
            name=name,
            route="sandbox",
            rule="at_generation",
            as_of=datetime(2026, 10, 1, tzinfo=UTC).date(),
            versions=[version],
            account=self.agency.account,
        )
        return f"governing set {governing.sha256[:12]}… holds the captured version", governing

    def _licensing_note(self, clip: Clip, version: TermsVersion) -> tuple[str, None]:
        if not LicensingNote.objects.filter(clip=clip).exists():
            licensing.write_licensing_note(
                actor=self.who("bob"),
                clip=clip,
                body="The terms assign the output to the customer and allow commercial use, advertising included.",
                clauses=list(version.clauses.filter(topic__in=["ownership", "commercial_use"])),
            )
        return "Bob wrote a licensing note that cites two clauses", None

    def _checklist(self) -> tuple[str, ChecklistTemplate]:
        seed_rights(actor=self.who("lena"))
        checklist = ChecklistTemplate.objects.newest().get(key=CHECKLIST)
        duties = DisclosureRule.objects.newest().count()
        return (
            f"Lena brought in “{checklist.title}” and {duties} duties of disclosure, as they were reported",
            checklist,
        )

    def _draft(
        self, clip: Clip, governing: GoverningSet, checklist: ChecklistTemplate, terms: TermsVersion
    ) -> tuple[str, LicenceRecordVersion]:
        rows = LicenceRecordVersion.objects.filter(record__clip=clip).exclude(checklist=None)
        found = rows.order_by("-version").first()
        now = timezone.now().replace(microsecond=0)
        version = found or licensing.draft_licence(
            actor=self.who("alice"),
            clip=clip,
            governing_set=governing,
            uses=[USE, "social_media", "own_channels"],
            territories=["DE", "AT", "CH"],
            purposes=[PURPOSE, "promotion"],
            product="Spring coffee",
            category="coffee",
            starts_at=now,
            ends_at=now + timedelta(days=730),
            time_zone="Europe/Berlin",
            disclosure="“Made with AI” in the caption of every placement.",
            ownership="yes",
            commercial_use="yes",
            indemnity="no",
            none_depicted=True,
            checklist=checklist,
            answers=answers(checklist, terms),
        )
        return (
            f"Alice drafted licence record version {version.version}: three uses in DE, AT, CH for two years",
            version,
        )

    def _sign(self, version: LicenceRecordVersion) -> tuple[str, SignOff]:
        lena = self.who("lena")
        found = SignOff.objects.filter(record_version=version, meaning="approved", revocation=None).first()
        if found is None:
            presence = sign.reauthenticate(actor=lena, password=self.password)
            found = sign.sign_record(
                actor=lena,
                record_version=version,
                meaning="approved",
                reauthentication=presence,
                shown_sha256=version.sha256,
            )
        stamp = wait_until(
            "The time-stamp", lambda: timestamps.stamp_of(found.payload_sha256), within=WAIT_SECONDS, alive=self.alive
        )
        when = f"{stamp.at:%H:%M:%S} UTC by the authority's clock"
        return f"Lena signed (Ed25519, key {found.key_id}) after proving her presence again: {when}", found

    def _clear(self, clip: Clip) -> tuple[str, None]:
        answer = clear.clearance(clip=clip, use=USE, territory=TERRITORY, purpose=PURPOSE)
        if not answer.granted:
            raise StepFailed("clearance: " + "; ".join(reason.message for reason in answer.reasons))
        refused = clear.clearance(clip=clip, use="cinema", territory="US", purpose=PURPOSE)
        if refused.granted:
            raise StepFailed("clearance: a use outside the record was granted.")
        return (
            f"granted for {PURPOSE} as {USE} in {TERRITORY}; refused for cinema in US with {len(refused.reasons)} reasons",
            None,
        )

    def _bundle(self, sign_off: SignOff) -> tuple[str, Bundle]:
        found = Bundle.objects.filter(sign_off=sign_off, state=Bundle.State.READY).order_by("-created_at").first()
        bundle = found or evidence.request_bundle(actor=self.who("lena"), sign_off=sign_off)

        def ready() -> Bundle | None:
            row = Bundle.objects.get(pk=bundle.pk)
            if row.state == Bundle.State.FAILED:
                raise StepFailed(f"evidence: {row.error_message}")
            return row if row.state == Bundle.State.READY else None

        made = wait_until("The evidence bundle", ready, within=WAIT_SECONDS, alive=self.alive)
        return f"bundle {made.sha256[:12]}… of {(made.size or 0) / 1e6:.1f} MB written", made

    def _verify(self, bundle: Bundle) -> tuple[str, Path]:
        folder = settings.MEDIA_ROOT / Path(bundle.storage_key).with_suffix("")
        key = signing.public_keys("record")[-1].raw.hex()
        words = [sys.executable, "-I", "-S", "verify.py", "--key", key]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=VERIFY_SECONDS, check=False)
        last = (done.stdout.strip().splitlines() or [done.stderr.strip()])[-1]
        if done.returncode != 0 or last != "PASS":
            raise StepFailed(f"verify: {last}")
        return "verify.py, run by a bare Python inside the bundle and given the hub's public key, says PASS", folder

    def _download(self, clip: Clip) -> tuple[str, None]:
        alice = self.who("alice")
        earlier = Delivery.objects.filter(clip=clip, delivered_to=alice, manner=Delivery.Manner.DOWNLOAD).first()
        if earlier is not None:
            return f"Alice has downloaded {earlier.sha256[:12]}…: the hash that left is in the ledger", None
        grant = deliver.grant_download(actor=alice, clip=clip, use=USE, territory=TERRITORY, purpose=PURPOSE)
        return f"Alice may download {grant.filename}: the hash that leaves is in the ledger", None
