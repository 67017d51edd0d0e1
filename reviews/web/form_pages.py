"""A page of rights that is one form."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reviews.web.trails import Trail


def form_page(
    request: HttpRequest,
    form: forms.Form,
    *,
    title: str,
    lead: str,
    submit: str,
    crumbs: Trail,
    template: str = "reviews/form_page.html",
    **more: Any,
) -> HttpResponse:
    """Answer with the form in the light look of legal pages; a form that was sent is shown again with its errors."""
    context = {
        "form": form,
        "title": title,
        "lead": lead,
        "submit": submit,
        "crumbs": crumbs,
        "legal": True,
        "section": "rights",
        **more,
    }
    return render(request, template, context, status=422 if form.is_bound else 200)
