"""The agency as its clients see it: the page on which administrators say so, and the logo for everybody."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_http_methods, require_safe

from sorahub.accounts.actions.agency import set_agency_profile
from sorahub.accounts.models import AgencyProfile
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.account_forms import AgencyForm
from sorahub.accounts.web.forms import attempt, person

BRIEFLY, FOR_GOOD = "public, max-age=300", "public, max-age=31536000, immutable"


@login_required
@require_http_methods(["GET", "POST"])
def agency(request: HttpRequest) -> HttpResponse:
    """Show the profile; a POST changes it."""
    user = person(request)
    user.demand(Permission.MANAGE_PEOPLE)
    profile = AgencyProfile.objects.current()
    initial = {"name": profile.name, "contact": profile.contact, "privacy_words": profile.privacy_words}
    form = AgencyForm(request.POST or None, request.FILES or None, initial=initial)
    if attempt(form, lambda: set_agency_profile(actor=user, **form.arguments())):
        messages.success(request, "Saved. Clients see it from now on.")
        return redirect("people:agency")
    context = {"form": form, "profile": profile}
    return render(request, "accounts/agency.html", context, status=422 if form.is_bound else 200)


@require_safe
def logo(request: HttpRequest) -> HttpResponse:
    """The logo, for anybody: it stands in mails and on pages before the log-in. Addressed by its hash it is kept for good."""
    profile = AgencyProfile.objects.current()
    if not profile.logo:
        raise Http404
    etag = f'"{profile.logo_sha256}"'
    response = HttpResponse(bytes(profile.logo), content_type="image/png")
    answer = get_conditional_response(request, etag=etag, response=response) or response
    answer.headers["ETag"] = etag
    named = request.GET.get("v", "") == profile.logo_sha256[:16]
    answer.headers["Cache-Control"] = FOR_GOOD if named else BRIEFLY
    return answer
