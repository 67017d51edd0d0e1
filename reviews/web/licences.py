"""Licence records: sign a version after proving presence, read the receipt, revoke it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from reviews.actions import sign as signing
from reviews.actions import stamping
from reviews.actions.presence import proof_behind, prove
from reviews.actions.signatures import sound
from reviews.actions.stages import stage_states
from reviews.actions.telling import answers_of, plans_of
from reviews.models import Bundle, LicenceRecordVersion, SignOff
from reviews.rules.presence import purpose_of
from reviews.rules.statement import scope
from reviews.web import mends, room, standing, trails
from reviews.web.counsel_asking import may_ask
from reviews.web.presence_forms import around, form_for
from reviews.web.rights import notes_on
from reviews.web.rights_forms import RevokeForm, SignForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.ledger import timestamps

PENDING = "It clears nothing until the authority has said when it was signed."


@login_required
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page that a legal approver signs on: the clip, its hashes, scope, terms, what blocks it, the exact statement."""
    user = person(request)
    version = _version(user, pk)
    form = form_for(SignForm, request, version, initial={"shown_sha256": version.sha256})
    signed = attempt(form, lambda: _sign(user, version, form))
    if signed is not None:
        return redirect("reviews:sign-off", pk=signed.pk)
    context = _sign_context(user, version, form) | {"presence": around(request, version)}
    return render(request, "reviews/sign.html", context, status=422 if form.is_bound else 200)


def _sign(user: User, version: LicenceRecordVersion, form: SignForm) -> SignOff:
    said = form.cleaned_data
    purpose = purpose_of(version.sha256, said["meaning"])
    proof = prove(actor=user, purpose=purpose, given=form.given())
    return signing.sign_record(
        actor=user,
        record_version=version,
        meaning=said["meaning"],
        reauthentication=proof,
        shown_sha256=said["shown_sha256"],
        reason=said["reason"],
    )


def _sign_context(user: User, version: LicenceRecordVersion, form: SignForm) -> dict[str, Any]:
    clip = version.record.clip
    newer = version.record.versions.filter(version__gt=version.version).order_by("-version").first()
    standing_sign_off = version.sign_offs.filter(revokes=None).with_stamps().first()
    may_sign = user.may(Permission.SIGN)
    against = signing.blocks(actor=user, record_version=version)
    own = [one for one in against if one.code.startswith(("maker-", "drafter-"))]
    in_the_way = against if may_sign else [one for one in against if one not in own]
    meanings = (SignOff.Meaning.APPROVED, SignOff.Meaning.REJECTED)
    return {
        **room.player_context(clip, user),
        "clip": clip,
        "version": version,
        "newer": newer,
        "sign_off": standing_sign_off,
        "may_sign": may_sign,
        "own_work": bool(own),
        "clock_out": any(one.code == "clock-skew" for one in against),
        "may_ask_counsel": may_ask(user, version),
        "blocks": mends.blocks(in_the_way, clip, version),
        "statements": [(each.label, signing.statement_for(version, each)) for each in meanings],
        "scope": scope(version),
        "licensing_notes": notes_on(clip, user),
        "answers": answers_of(version),
        "plans": plans_of(version),
        "terms": list(
            version.governing_set.members.select_related("terms_version__source").defer(
                "terms_version__raw", "terms_version__text"
            )
        ),
        "releases": [link.release for link in version.releases.select_related("release")],
        "depictions": list(version.depictions.select_related("release")),
        "steps": standing.steps(stage_states(clip=clip)),
        "form": form,
        "crumbs": trails.to_rights(clip, user, last=f"Sign version {version.version}"),
        "section": "rights",
    }


@login_required
@require_http_methods(["GET", "POST"])
def sign_off(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The receipt of a signature: what was signed, by whom, when, under which key; and its revocation."""
    user = person(request)
    rows = SignOff.objects.visible_to(user).select_related(
        "clip__project__client", "clip__shot", "record_version__record__clip__project", "record_version__governing_set",
        "signer__person", "revocation__signer__person", "revokes", "reauthentication",
    )  # fmt: skip
    shown = get_object_or_404(rows, pk=pk)
    form = form_for(RevokeForm, request, shown.record_version, meaning=SignOff.Meaning.REVOKED)
    revoked = attempt(form, lambda: _revoke(user, shown, form))
    if revoked is not None:
        messages.success(request, "Revoked: from now on nothing leaves under this sign-off.")
        return redirect("reviews:sign-off", pk=shown.pk)
    context = _receipt(user, shown, form) | {
        "presence": around(request, shown.record_version, meaning=SignOff.Meaning.REVOKED)
    }
    return render(request, "reviews/sign_off.html", context, status=422 if form.is_bound else 200)


def _revoke(user: User, shown: SignOff, form: RevokeForm) -> SignOff:
    user.demand(Permission.SIGN)
    purpose = purpose_of(shown.record_sha256, SignOff.Meaning.REVOKED)
    proof = prove(actor=user, purpose=purpose, given=form.given())
    return signing.revoke_sign_off(
        actor=user, sign_off=shown, reason=form.cleaned_data["reason"], reauthentication=proof
    )


def _receipt(user: User, shown: SignOff, form: RevokeForm) -> dict[str, Any]:
    revocation = getattr(shown, "revocation", None)
    waiting = stamping.waiting(shown)
    approval = shown.meaning == SignOff.Meaning.APPROVED
    bundles = Bundle.objects.visible_to(user).filter(sign_off=shown).select_related("created_by__person")
    return {
        "shown": shown,
        "clip": shown.clip,
        "sound": sound(shown),
        "proof": proof_behind(shown),
        "revocation": revocation,
        "stamp": timestamps.stamp_of(shown.payload_sha256),
        "waiting": waiting,
        "waiting_words": f"{PENDING} {waiting.words}" if waiting else "",
        "standing": approval and revocation is None,
        "scope": scope(shown.record_version),
        "may_revoke": approval and (form.is_bound or revocation is None) and user.may(Permission.SIGN),
        "may_export": approval and user.may(Permission.EXPORT_EVIDENCE),
        "bundles": list(bundles.order_by("-id")[:10]),
        "form": form,
        "crumbs": trails.to_rights(shown.clip, user, last="Sign-off"),
        "section": "rights",
        "events_path": f"clips/{shown.clip_id}/",
    }


def _version(user: User, pk: UUID) -> LicenceRecordVersion:
    rows = LicenceRecordVersion.objects.visible_to(user).select_related(
        "record__clip__project__client", "record__clip__shot", "governing_set", "checklist", "drafted_by__person"
    )
    return get_object_or_404(rows.prefetch_related("record__clip__renditions"), pk=pk)
