"""Ask outside counsel to sign: who is asked about which version, how far they have come, withdraw, send the link anew."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from generations.models import Clip
from reviews.actions import counsel
from reviews.models import CounselInvitation, LicenceRecordVersion
from reviews.rules.statement import scope
from reviews.web import trails
from reviews.web.counsel_forms import InviteForm
from sorahub.accounts.models import User
from sorahub.accounts.web.forms import attempt, person

BADGES = {"asked": "waiting", "code_sent": "current", "opened": "open", "decided": "signed", "withdrawn": "revoked"}


@dataclass(frozen=True)
class Row:
    """An invitation as a list shows it: the badge for its state, and what its reader may do."""

    invitation: CounselInvitation
    badge: str
    manages: bool


@login_required
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask a lawyer of another firm to sign this version, and see who was asked before."""
    user = person(request)
    rows = LicenceRecordVersion.objects.visible_to(user).select_related(
        "record__clip__project__client", "record__clip__shot", "drafted_by__person", "governing_set"
    )
    version = get_object_or_404(rows, pk=pk)
    form = InviteForm(request.POST or None)
    made = attempt(form, lambda: _invite(user, version, form))
    if made is not None:
        messages.success(request, f"{made.counsel.get_full_name()} is asked: the link is on its way to them.")
        return redirect("reviews:counsel-invite", pk=version.pk)
    return render(
        request, "reviews/counsel_asking.html", _context(user, version, form), status=422 if form.is_bound else 200
    )


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End an invitation."""
    user, invitation = _invitation(request, pk)
    counsel.withdraw_counsel(actor=user, invitation=invitation)
    messages.success(request, "Withdrawn: the link opens nothing any more.")
    return redirect("reviews:counsel-invite", pk=invitation.record_version_id)


@login_required
@require_POST
def resend(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mail a new link."""
    user, invitation = _invitation(request, pk)
    counsel.resend_counsel(actor=user, invitation=invitation)
    messages.success(request, "A new link is on its way; the one before it opens nothing any more.")
    return redirect("reviews:counsel-invite", pk=invitation.record_version_id)


def invitations_on(clip: Clip, user: User) -> list[Row]:
    """Who was asked about any version of the clip's record, newest first."""
    rows = CounselInvitation.objects.visible_to(user).filter(record_version__record__clip=clip).for_list()
    return [_row(row, user) for row in rows]


def may_ask(user: User, version: LicenceRecordVersion | None) -> bool:
    """Whether this person may ask counsel about this version now."""
    return version is not None and counsel.may_ask(user, version)


def _row(invitation: CounselInvitation, user: User) -> Row:
    state = str(invitation.state)
    return Row(invitation, BADGES.get(state, state), counsel.may_manage(user, invitation))


def _invite(user: User, version: LicenceRecordVersion, form: InviteForm) -> CounselInvitation:
    return counsel.invite_counsel(actor=user, record_version=version, counsel=form.counsel(), lasts=form.lasts())


def _context(user: User, version: LicenceRecordVersion, form: InviteForm) -> dict[str, Any]:
    clip = version.record.clip
    over = counsel.superseded(version) or counsel.decided(version)
    return {
        "version": version,
        "clip": clip,
        "scope": scope(version),
        "rows": invitations_on(clip, user),
        "may_ask": counsel.may_ask(user, version),
        "over": over,
        "form": form,
        "crumbs": trails.to_rights(clip, user, last="Ask outside counsel"),
        "section": "rights",
        "events_path": f"clips/{clip.pk}/",
    }


def _invitation(request: HttpRequest, pk: UUID) -> tuple[User, CounselInvitation]:
    user = person(request)
    return user, get_object_or_404(CounselInvitation.objects.visible_to(user).for_list(), pk=pk)
