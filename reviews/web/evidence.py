"""Evidence bundles through the pages: asked for, watched while they are made, stopped, taken away."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from generations.models import Project
from reviews.actions import evidence
from reviews.models import Bundle, SignOff
from reviews.web import trails
from reviews.web.egress import whole_file
from reviews.web.rights import seen
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import person

ASKED = "The bundle is being made and verified. This page shows how far it is."
SHOWN = 20


@login_required
@require_POST
def bundle_request(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have an evidence bundle made for a sign-off, in full or (``variant=redacted``) for a client."""
    user = person(request)
    sign_off = get_object_or_404(
        SignOff.objects.visible_to(user).select_related("clip__project", "record_version"), pk=pk
    )
    evidence.request_bundle(actor=user, sign_off=sign_off, variant=_variant(request))
    messages.success(request, ASKED)
    return redirect("reviews:sign-off", pk=sign_off.pk)


@login_required
@require_POST
def clip_evidence(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have the redacted bundle made of the approval that a clip rests on: for those who see no sign-offs, too."""
    user = person(request)
    clip = seen(user, pk)
    user.demand(Permission.EXPORT_REDACTED)
    sign_off = evidence.standing_approval(clip)
    evidence.request_bundle(actor=user, sign_off=sign_off, variant=Bundle.Variant.REDACTED)
    messages.success(request, ASKED)
    return redirect("reviews:clip-rights", pk=clip.pk)


@login_required
@require_http_methods(["GET", "POST"])
def project_evidence(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose approvals of a project and have one bundle made of them all."""
    user = person(request)
    project = get_object_or_404(Project.objects.visible_to(user).select_related("client"), pk=pk)
    user.demand(Permission.EXPORT_REDACTED)
    approvals = evidence.approvals_of(project, user)
    if request.method == "POST":
        wanted = set(request.POST.getlist("sign_off"))
        chosen = [row for row in approvals if str(row.pk) in wanted]
        evidence.request_collection(actor=user, sign_offs=chosen, variant=_variant(request))
        messages.success(request, ASKED)
        return redirect("reviews:project-evidence", pk=project.pk)
    return render(request, "reviews/project_evidence.html", _page(user, project, approvals))


def _page(user: User, project: Project, approvals: list[SignOff]) -> dict[str, Any]:
    rows = Bundle.objects.visible_to(user).filter(clip__project=project).exclude(sign_offs=None)
    return {
        "project": project,
        "approvals": approvals,
        "bundles": list(rows.select_related("created_by__person").distinct().order_by("-id")[:SHOWN]),
        "may_export": user.may(Permission.EXPORT_EVIDENCE),
        "crumbs": trails.to_evidence(project),
        "section": "rights",
        "events_path": f"projects/{project.pk}/",
    }


@login_required
@require_POST
def bundle_cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Stop making a bundle."""
    user = person(request)
    bundle = evidence.cancel_bundle(actor=user, bundle=_bundle(user, pk))
    messages.success(request, "Stopped: nothing of this bundle is kept.")
    if bundle.sign_offs.exists():
        return redirect("reviews:project-evidence", pk=bundle.clip.project_id)
    return redirect("reviews:clip-rights", pk=bundle.clip_id)


@login_required
@require_GET
def bundle_download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Hand over a finished evidence bundle."""
    user = person(request)
    grant = evidence.grant_bundle(actor=user, bundle=_bundle(user, pk))
    return whole_file(grant.path, "application/zip", grant.sha256, grant.filename)


def _bundle(user: User, pk: UUID) -> Bundle:
    rows = Bundle.objects.visible_to(user).select_related(
        "clip__project", "sign_off__clip__project", "sign_off__record_version"
    )
    return get_object_or_404(rows, pk=pk)


def _variant(request: HttpRequest) -> str:
    return request.POST.get("variant", Bundle.Variant.FULL)
