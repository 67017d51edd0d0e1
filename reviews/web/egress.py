"""What leaves the hub through the pages: an original under clearance, or any whole file."""

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from reviews.actions.deliver import grant_download
from reviews.web.question_forms import QuestionForm
from reviews.web.rights import rights_context, seen
from sorahub.accounts.web.forms import attempt, person
from sorahub.lib.ranges import ranged_response


@login_required
@require_GET
def download(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Hand over the original for a use and a place (``?use=&territory=&purpose=``), or say every reason why not.

    Each answer is one grant in the ledger, hence always the whole file.
    """
    user = person(request)
    clip = seen(user, pk)
    form = QuestionForm(request.GET, clip=clip, user=user)
    grant = attempt(form, lambda: grant_download(actor=user, clip=clip, **form.purpose_only()))
    if grant is None:
        context = rights_context(request, clip, user, clearance_form=form)
        return render(request, "reviews/clip_rights.html", context, status=422)
    return whole_file(grant.path, "video/mp4", grant.sha256, grant.filename)


def whole_file(path: Path, content_type: str, sha256: str, name: str) -> HttpResponseBase:
    """Answer with all of the file, whatever ranges were asked for: a part would be a grant of its own."""
    plain = HttpRequest()
    plain.method = "GET"
    accel = settings.MEDIA_ACCEL_PREFIX
    return ranged_response(
        plain, path, content_type=content_type, etag=sha256, filename=name, attachment=True, accel_prefix=accel
    )
