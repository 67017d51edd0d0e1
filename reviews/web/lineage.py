"""What a clip was made from: the declaration by its producers, from its rights page."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from generations.actions.descent import declare_parent
from reviews.web.question_forms import MadeFromForm
from reviews.web.rights import rights_context, seen
from sorahub.accounts.roles import Permission
from sorahub.accounts.web.forms import attempt, person


@login_required
@require_POST
def declare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Declare that the clip was made from another."""
    user = person(request)
    clip = seen(user, pk)
    user.demand(Permission.UPLOAD)
    form = MadeFromForm(request.POST, clip=clip, user=user, prefix="from")
    made = attempt(form, lambda: declare_parent(actor=user, clip=clip, **form.cleaned_data))
    if made is None:
        context = rights_context(request, clip, user, made_from_form=form)
        return render(request, "reviews/clip_rights.html", context, status=422)
    messages.success(request, "Declared. What binds that clip binds this one from now on.")
    return redirect(f"{reverse('reviews:clip-rights', args=[clip.pk])}#made-from")
