"""What comes with the hub for rights: brought in from the pages that are empty without it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from reviews.actions.seeds import seed_rights
from reviews.web.colleagues import colleague
from sorahub.lib.errors import Conflict

PAGES = ("checklists", "duties")


@login_required
@require_POST
def bring_in(request: HttpRequest) -> HttpResponse:
    """Write the checklist and the reported duties of disclosure that are not there yet, and go back to the page."""
    user = colleague(request)
    try:
        written = seed_rights(actor=user)
    except Conflict as error:
        messages.error(request, error.message)
    else:
        told = f"Brought in: {', '.join(written)}. Read each, confirm it, edit it or retire it."
        messages.success(request, told if written else "Nothing to bring in: it is all there already.")
    back = request.POST.get("back", "")
    return redirect(f"reviews:{back if back in PAGES else PAGES[0]}")
