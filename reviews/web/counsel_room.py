"""What outside counsel reads, watches and signs behind their link: the record in full, and nothing else."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from generations.models import Clip, Rendition
from reviews.actions import counsel_sign, looking, sign
from reviews.actions.counsel_sign import Intended
from reviews.actions.releases import hand_over
from reviews.actions.stages import stage_states
from reviews.actions.telling import answers_of, plans_of
from reviews.models import CounselInvitation, LicenceRecordVersion, LicensingNote, Release, SignOff, TermsVersion
from reviews.rules.statement import scope
from reviews.web import counsel_session as session
from reviews.web import limits, mends, standing
from reviews.web.counsel_forms import CodeForm, CounselForm
from reviews.web.counsel_session import inside
from reviews.web.egress import whole_file
from reviews.web.room import Picture
from reviews.web.terms import SUFFIXES
from sorahub.accounts.web.forms import apply_errors, attempt
from sorahub.lib.errors import DomainError
from sorahub.lib.ranges import ranged_response

WATCHED = {Rendition.Kind.GUEST_PROXY, Rendition.Kind.POSTER}
MEANINGS = (SignOff.Meaning.APPROVED, SignOff.Meaning.REJECTED)


def room_page(request: HttpRequest, invitation: CounselInvitation, form: CounselForm | None = None) -> HttpResponse:
    """The record as an in-house lawyer sees it, with the form to sign it; a refused form with status 422."""
    version = invitation.record_version
    clip = version.record.clip
    blocks = mends.blocks(sign.blocks_for(invitation.counsel, version), clip, version)
    context = {
        "invitation": invitation,
        "version": version,
        "clip": clip,
        **_player(clip, invitation),
        # Counsel mends nothing here: the reasons stand without the ways.
        "blocks": [replace(one, url="", other_url="") for one in blocks],
        "statements": [(each.label, sign.statement_for(version, each)) for each in MEANINGS],
        "scope": scope(version),
        "licensing_notes": _notes(clip),
        "answers": answers_of(version),
        "plans": plans_of(version),
        "terms": [link.terms_version for link in _members(version)],
        "releases": list(_releases(version)),
        "depictions": list(version.depictions.select_related("release")),
        "steps": standing.steps(stage_states(clip=clip)),
        "form": _showing(form or CounselForm(), looking.shown_hash(version, invitation.counsel)),
    }
    return render(request, "reviews/counsel_room.html", context, status=422 if form else 200)


def _showing(form: CounselForm, shown_sha256: str) -> CounselForm:
    """Let the form carry the hash of what the page shows now, also where it is shown again with what was typed."""
    form.initial["shown_sha256"] = shown_sha256
    if form.is_bound:
        form.data = {**dict(form.data.items()), "shown_sha256": shown_sha256}
    return form


@require_POST
@inside
def prepare(request: HttpRequest, invitation: CounselInvitation) -> HttpResponse:
    """Take what counsel is about to sign, check it, and have the last code mailed."""
    form = CounselForm(request.POST)
    if limits.too_often(request, "code", str(invitation.pk)):
        return limits.answer(request)
    code = attempt(form, lambda: counsel_sign.prepare(invitation, form.intended()))
    if code is None:
        return room_page(request, invitation, form)
    session.remember(request, draft=form.cleaned_data, signing=str(code.pk))
    return redirect("reviews:counsel-confirm", pk=invitation.pk)


@require_http_methods(["GET", "POST"])
@inside
def confirm(request: HttpRequest, invitation: CounselInvitation) -> HttpResponse:
    """Show once more what will be signed, and take the last code: entering it is the signature."""
    draft, code = session.state(request).get("draft"), session.code_of(request, "signing")
    if not draft or code is None:
        return redirect("reviews:counsel-door", pk=invitation.pk)
    said = Intended(**draft)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and limits.too_often(request, "enter", str(code)):
        return limits.answer(request)
    signed = attempt(form, lambda: _sign(request, invitation, said, code, form.cleaned_data["code"]))
    if signed is not None:
        session.leave(request, invitation)
        return redirect("reviews:counsel-door", pk=invitation.pk)
    context = {
        "invitation": invitation,
        "clip": invitation.record_version.record.clip,
        "said": said,
        "meaning": SignOff.Meaning(said.meaning).label,
        "statement": sign.statement_for(invitation.record_version, said.meaning),
        "form": form,
        "minutes": settings.REAUTHENTICATION_SECONDS // 60,
    }
    return render(request, "reviews/counsel_confirm.html", context, status=422 if form.is_bound else 200)


@require_POST
@inside
def another_code(request: HttpRequest, invitation: CounselInvitation) -> HttpResponse:
    """Have the last code mailed once more, for the same words."""
    draft = session.state(request).get("draft")
    if not draft:
        return redirect("reviews:counsel-door", pk=invitation.pk)
    if limits.too_often(request, "code", str(invitation.pk)):
        return limits.answer(request)
    try:
        code = counsel_sign.prepare(invitation, Intended(**draft))
    except DomainError as error:
        form = CounselForm(draft)
        form.full_clean()
        apply_errors(form, error)
        return room_page(request, invitation, form)
    session.remember(request, signing=str(code.pk))
    return redirect("reviews:counsel-confirm", pk=invitation.pk)


@require_GET
@inside
def terms(request: HttpRequest, invitation: CounselInvitation, terms_pk: UUID) -> HttpResponse:
    """The text of terms that govern the record."""
    shown = _governing(invitation, terms_pk)
    return render(request, "reviews/counsel_terms.html", {"invitation": invitation, "shown": shown})


@require_GET
@inside
def terms_raw(request: HttpRequest, invitation: CounselInvitation, terms_pk: UUID) -> HttpResponse:
    """Their captured bytes, as a download."""
    shown = _governing(invitation, terms_pk)
    name = f"terms-{shown.raw_sha256[:12]}.{SUFFIXES.get(shown.media_type, 'bin')}"
    answer = HttpResponse(bytes(shown.raw), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = str(content_disposition_header(True, name))  # noqa: FBT003 (Django's signature)
    return answer


@require_GET
@inside
def release_document(request: HttpRequest, invitation: CounselInvitation, release_pk: UUID) -> HttpResponseBase:
    """The signed paper of a release that the record rests on, where the asker allowed it; each reading is ledgered."""
    if not invitation.papers:
        raise Http404
    release = get_object_or_404(_releases(invitation.record_version), pk=release_pk)
    paper = hand_over(actor=invitation.counsel, release=release)
    return whole_file(paper.path, paper.media_type, paper.sha256, paper.name)


@require_safe
@inside
def media(request: HttpRequest, invitation: CounselInvitation, kind: str) -> HttpResponseBase:
    """The watermarked copy and its poster, never the original."""
    row = get_object_or_404(invitation.record_version.record.clip.renditions.filter(kind__in=WATCHED), kind=kind)
    path = Path(settings.MEDIA_ROOT) / row.storage_key
    return ranged_response(
        request, path, content_type=row.media_type, etag=row.sha256, accel_prefix=settings.MEDIA_ACCEL_PREFIX
    )


def _sign(request: HttpRequest, invitation: CounselInvitation, said: Intended, code: UUID, digits: str) -> SignOff:
    return counsel_sign.decide_by_counsel(
        invitation=invitation, said=said, code=code, digits=digits,
        opened=session.state(request).get("opened") or {}, asking=session.asking(request),
    )  # fmt: skip


def _player(clip: Clip, invitation: CounselInvitation) -> dict[str, Any]:
    there = {row.kind for row in clip.renditions.all()}
    urls = {kind: reverse("reviews:counsel-media", args=[invitation.pk, kind]) for kind in WATCHED & there}
    waiting = "The copy to watch is being prepared: load this page again in a minute."
    picture = Picture(
        urls.get(Rendition.Kind.GUEST_PROXY, ""), poster=urls.get(Rendition.Kind.POSTER, ""), waiting=waiting
    )
    return {
        "picture": picture,
        "src": picture.src,
        "poster": picture.poster,
        "rate_num": clip.rate_num,
        "rate_den": clip.rate_den,
        "frame_count": clip.frame_count,
        "silent": not clip.audio_codec,
    }


def _notes(clip: Clip) -> list[LicensingNote]:
    """The findings that are not privileged."""
    rows = LicensingNote.objects.filter(clip=clip, privileged=False).select_related("author__person")
    return list(rows.prefetch_related("citations__clause__terms_version__source"))


def _members(version: LicenceRecordVersion) -> Any:
    rows = version.governing_set.members.select_related("terms_version__source")
    return rows.defer("terms_version__raw", "terms_version__text")


def _governing(invitation: CounselInvitation, pk: UUID) -> TermsVersion:
    members = invitation.record_version.governing_set.members
    rows = TermsVersion.objects.filter(pk__in=members.values("terms_version")).select_related("source")
    return get_object_or_404(rows, pk=pk)


def _releases(version: LicenceRecordVersion) -> Any:
    rests, depicts = version.releases.values("release"), version.depictions.values("release")
    return Release.objects.filter(Q(pk__in=rests) | Q(pk__in=depicts))
