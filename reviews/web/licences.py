"""Licence records: sign a version after proving presence, read the receipt, revoke it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from reviews.actions import looking, lost_marks, stamping
from reviews.actions import sign as signing
from reviews.actions.presence import proof_behind, prove
from reviews.actions.sign_off_standing import sign_off_history, standing_of
from reviews.actions.signatures import sound
from reviews.actions.stages import stage_states
from reviews.actions.telling import answers_of, plans_of
from reviews.models import Bundle, Certificate, LicenceRecordVersion, Reauthentication, SignOff
from reviews.rules.presence import purpose_of
from reviews.rules.statement import scope
from reviews.web import delegates, looks, mends, room, standing, trails
from reviews.web.counsel_asking import may_ask
from reviews.web.form_pages import form_page
from reviews.web.presence_forms import PresenceForm, around, form_for
from reviews.web.rights import notes_on
from reviews.web.rights_forms import RevokeForm, SignForm, SuspendForm
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person
from sorahub.ledger import timestamps
from sorahub.lib.numbering import number_of

PENDING = "It clears nothing until the authority has said when it was signed."

SUSPENDING = (
    "Downloads stop at once, for the time being. It goes on once a legal approver reads the record and signs it again; or the "
    "approval is revoked."
)


@login_required
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page that a legal approver signs on: the clip, its hashes, scope, terms, what blocks it, the exact statement."""
    user = person(request)
    if request.method == "POST":
        signing.note_out_of_sight(actor=user, version=pk)
    version = _version(user, pk)
    form = form_for(SignForm, request, version)
    signed = attempt(form, lambda: _sign(user, version, form))
    if signed is not None:
        return redirect("reviews:sign-off", pk=signed.pk)
    context = _sign_context(user, version, form) | {"presence": around(request, version)}
    return render(request, "reviews/sign.html", context, status=422 if form.is_bound else 200)


def _sign(user: User, version: LicenceRecordVersion, form: SignForm) -> SignOff:
    said = form.cleaned_data
    signing.require_signer(user, version)
    approval = version.sign_offs.filter(meaning=SignOff.Meaning.APPROVED).first()
    proof = prove(actor=user, purpose=purpose_of(version.sha256, said["meaning"]), given=form.given())
    if said["meaning"] == SignOff.Meaning.REINSTATED and approval is not None:
        return signing.reinstate_sign_off(
            actor=user,
            sign_off=approval,
            reauthentication=proof,
            shown_sha256=said["shown_sha256"],
            reason=said["reason"],
        )
    return signing.sign_record(
        actor=user,
        record_version=version,
        meaning=said["meaning"],
        reauthentication=proof,
        shown_sha256=said["shown_sha256"],
        reason=said["reason"],
    )


def _offered(version: LicenceRecordVersion) -> list[SignOff.Meaning]:
    """What the version can be signed as now: nothing once it is decided, but again while its approval is suspended."""
    verdict = _verdict(version)
    if verdict is None:
        return list(signing.CHOICES)
    stopped = verdict.suspended_why and not hasattr(verdict, "revocation")  # type: ignore[attr-defined]  # annotated
    return [SignOff.Meaning.REINSTATED] if stopped else []


def _verdict(version: LicenceRecordVersion) -> SignOff | None:
    """The approval or rejection of the version, if there is one."""
    rows = SignOff.objects.verdicts().filter(record_version=version).with_suspension()
    return rows.select_related("revocation").first()


def _sign_context(user: User, version: LicenceRecordVersion, form: SignForm) -> dict[str, Any]:
    clip = version.record.clip
    meanwhile = looks.meanwhile(user, version, form)
    seen = looking.look(user, version)
    offered = _offered(version)
    form.show(seen.shown_sha256, offered)
    newer = version.record.versions.filter(version__gt=version.version).order_by("-version").first()
    standing_sign_off = _verdict(version)
    may_sign = user.may(Permission.SIGN)
    against = signing.blocks(actor=user, record_version=version)
    own = [one for one in against if one.code.startswith(("maker-", "drafter-"))]
    in_the_way = against if may_sign else [one for one in against if one not in own]
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
        "offered": offered,
        "statements": [(each.label, signing.statement_for(version, each)) for each in offered],
        "reviewed": list(version.sign_offs.filter(meaning=SignOff.Meaning.REVIEWED).order_by("signed_at")),
        "since": looks.since(user, version, seen),
        "meanwhile": meanwhile,
        "advice": delegates.advice_for(version) if own else None,
        "counsel_url": delegates.counsel_address(version),
        "scope": scope(version),
        "licensing_notes": notes_on(clip, user),
        "answers": answers_of(version),
        "plans": plans_of(version),
        "lost_marks": lost_marks.warnings(clip, user),
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
    shown = _shown(user, pk)
    form = form_for(RevokeForm, request, shown.record_version, meaning=SignOff.Meaning.REVOKED)
    revoked = attempt(form, lambda: _revoke(user, shown, form))
    if revoked is not None:
        messages.success(request, "Revoked: from now on nothing leaves under this sign-off.")
        return redirect("reviews:sign-off", pk=shown.pk)
    context = _receipt(request, shown, form)
    return render(request, "reviews/sign_off.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def suspend(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop an approval for the time being, with a reason: the page of the form."""
    user = person(request)
    shown = _shown(user, pk)
    user.demand(Permission.SIGN)
    form = form_for(SuspendForm, request, shown.record_version, meaning=SignOff.Meaning.SUSPENDED)
    suspended = attempt(form, lambda: _suspend(user, shown, form))
    if suspended is not None:
        messages.success(request, "Suspended: nothing leaves under this sign-off until it is signed again.")
        return redirect("reviews:sign-off", pk=shown.pk)
    return form_page(
        request,
        form,
        title="Suspend this approval",
        lead=SUSPENDING,
        submit="Suspend from now on",
        crumbs=trails.to_rights(shown.clip, user, last="Suspend"),
        template="reviews/presence_page.html",
        presence=around(request, shown.record_version, meaning=SignOff.Meaning.SUSPENDED),
    )


def _shown(user: User, pk: UUID) -> SignOff:
    rows = SignOff.objects.visible_to(user).select_related(
        "clip__project__client", "clip__shot", "record_version__record__clip__project", "record_version__governing_set",
        "signer__person", "revocation__signer__person", "revokes", "suspends", "reinstates__suspends", "reauthentication",
    )  # fmt: skip
    return get_object_or_404(rows, pk=pk)


def _suspend(user: User, shown: SignOff, form: SuspendForm) -> SignOff:
    proof = _proof(user, shown, form, SignOff.Meaning.SUSPENDED)
    return signing.suspend_sign_off(
        actor=user, sign_off=shown, reason=form.cleaned_data["reason"], reauthentication=proof
    )


def _revoke(user: User, shown: SignOff, form: RevokeForm) -> SignOff:
    proof = _proof(user, shown, form, SignOff.Meaning.REVOKED)
    return signing.revoke_sign_off(
        actor=user, sign_off=shown, reason=form.cleaned_data["reason"], reauthentication=proof
    )


def _proof(user: User, shown: SignOff, form: PresenceForm, meaning: str) -> Reauthentication:
    signing.require_signer(user, shown.record_version)
    return prove(actor=user, purpose=purpose_of(shown.record_sha256, meaning), given=form.given())


def _receipt(request: HttpRequest, shown: SignOff, form: RevokeForm) -> dict[str, Any]:
    user = person(request)
    revocation = getattr(shown, "revocation", None)
    waiting = stamping.waiting(shown)
    approval = shown.meaning == SignOff.Meaning.APPROVED
    stands = standing_of(shown)
    history = sign_off_history(shown)
    stopped = bool(shown.suspensions.open_suspensions())
    bundles = Bundle.objects.visible_to(user).filter(sign_off=shown).select_related("created_by__person")
    certificates = Certificate.objects.visible_to(user).filter(sign_off=shown).exclude(storage_key="")
    certificates = certificates.select_related("issued_to__person")
    return {
        "shown": shown,
        "clip": shown.clip,
        "sound": sound(shown),
        "proof": proof_behind(shown),
        "revocation": revocation,
        "stamp": timestamps.stamp_of(shown.payload_sha256),
        "waiting": waiting,
        "waiting_words": f"{PENDING} {waiting.words}" if waiting else "",
        "standing": stands,
        "history": history,
        "about": shown.revokes or shown.suspends or (shown.reinstates and shown.reinstates.suspends),
        "scope": scope(shown.record_version),
        "stopped": stopped,
        "may_sign_again": stopped and approval and revocation is None and user.may(Permission.SIGN),
        "presence": around(request, shown.record_version, meaning=SignOff.Meaning.REVOKED),
        "may_suspend": approval and revocation is None and not stopped and user.may(Permission.SIGN),
        "may_revoke": approval and (form.is_bound or revocation is None) and user.may(Permission.SIGN),
        "may_export": approval and user.may(Permission.EXPORT_EVIDENCE),
        "may_export_redacted": approval and user.may(Permission.EXPORT_REDACTED),
        "bundles": list(bundles.order_by("-id")[:10]),
        "number": number_of(shown.payload_sha256) if approval else "",
        "certificates": list(certificates.order_by("-issued_at", "-id")[:10]),
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
