"""What a deliverable is going to be: its labels, what its XMP and credentials say, and who signs. Read from rows; no file is opened."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from generations.media.findings import Findings
from generations.models import Clip, ClipParent, Generation, ProvenanceReport
from reviews.actions import duties
from reviews.models import Deliverable
from reviews.rules import marking
from reviews.rules.clearance_facts import Asked, DepictionFacts
from sorahub.accounts.models import AgencyProfile
from sorahub.jobs.errors import Retry
from sorahub.lib import content_signing, http, numbering
from sorahub.lib.errors import Conflict

AGAIN_AFTER = 300.0


@dataclass(frozen=True)
class Intent:
    """Everything that was decided before the first byte is written."""

    labels: list[dict[str, str | int]]
    licence: marking.Licence
    kind: str
    xmp: dict[str, Any]
    signer: content_signing.Signer | None


def intend(wanted: Deliverable) -> Intent:
    """Decide it all. Raises Conflict for a certificate or an address of time that cannot be used, Retry while that has no address."""
    clip, version = wanted.clip, wanted.sign_off.record_version
    today = timezone.now().astimezone(ZoneInfo(version.time_zone)).date()
    asked = Asked(frozenset({wanted.use}), frozenset({wanted.territory}), today, today)
    said = [DepictionFacts(kind=each.kind, name=each.name, real=each.real) for each in version.depictions.all()]
    labels = marking.labels(duties.all_rules().ask(), version, asked, said)
    making = _making(clip)
    report = ProvenanceReport.objects.filter(clip=clip).first()
    told = Findings.of_report(report).source_types if report else ()
    kind = marking.source_type(making, told, labelled=bool(labels))
    licence = _licence(wanted)
    signer = content_signing.signer()
    if signer is not None and settings.C2PA_TSA_URL:
        _require_allowed(settings.C2PA_TSA_URL)
    return Intent(labels, licence, kind, marking.properties(licence, making, kind), signer)


def _licence(wanted: Deliverable) -> marking.Licence:
    version, sign_off = wanted.sign_off.record_version, wanted.sign_off
    number = numbering.number_of(sign_off.payload_sha256)
    depictions = list(version.depictions.select_related("release"))
    models, properties = marking.release_codes(
        depictions, none_depicted=version.none_depicted, known=version.schema > 1 or version.none_depicted
    )
    return marking.Licence(
        number=number,
        record_sha256=version.sha256,
        sign_off_sha256=sign_off.payload_sha256,
        clip_sha256=wanted.source_sha256,
        verify_at=f"{settings.PUBLIC_URL.rstrip('/')}/verify/{number}",
        use=wanted.use,
        territory=wanted.territory,
        purpose=wanted.purpose,
        starts_at=version.starts_at,
        ends_at=version.ends_at,
        time_zone=version.time_zone,
        restrictions=version.restrictions.strip(),
        licensor=AgencyProfile.objects.current().name or "The agency",
        licensee=wanted.clip.project.client.name,
        media=marking.media_words(version),
        regions=marking.region_words(version),
        model_release=models,
        property_release=properties,
    )


def _making(clip: Clip) -> marking.Making:
    """Which system made it; the words of its prompt only where the operator lets prompts leave."""
    edited = ClipParent.objects.filter(clip=clip).exists()
    made = Generation.objects.filter(clip=clip).select_related("account", "prompt").first()
    if made is None:
        prompt = clip.declared_prompt if settings.DELIVER_PROMPTS else ""
        system = f"{clip.declared_model} through {clip.declared_route}" if clip.declared_route else clip.declared_model
        return marking.Making(system or "not known", prompt=prompt, edited=edited)
    answered = str(made.actual.get("model") or "")
    return marking.Making(
        f"{made.model} through {made.account.route}",
        version=answered if answered != made.model else "",
        prompt=made.prompt.text if settings.DELIVER_PROMPTS else "",
        edited=edited,
    )


def _require_allowed(url: str) -> None:
    """Raise Conflict unless the operator's rules for outgoing requests allow this address."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    networks, plain = settings.HTTP_ALLOWED_PRIVATE_NETWORKS, settings.HTTP_ALLOW_PLAIN
    try:
        asked = http.Client(allowed_networks=networks, allow_http=plain).destinations
        asked.targets(parts.hostname or "", port, plain=parts.scheme == "http")
    except http.Blocked as error:
        raise Conflict(
            f"SORAHUB_C2PA_TSA_URL may not be asked: {error.message}", code="time-authority-blocked"
        ) from error
    except http.ConnectFailed as error:
        raise Retry("time-authority-away", error.message, after=AGAIN_AFTER) from error
