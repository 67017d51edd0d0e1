"""The question at the head of a clip's rights page, and its answer in words that a producer understands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from generations.models import Clip
from reviews.actions.clear import clearance
from reviews.models import DisclosureRule, LicenceRecordVersion
from reviews.rules.clearance import Clearance, local, purpose_label, use_label
from reviews.rules.countries import within
from reviews.rules.reasons import EXTENDABLE
from reviews.rules.statement import scope
from reviews.web import mends
from reviews.web.question_forms import ExtensionForm, QuestionForm, first_asked
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.accounts.web.forms import attempt


@dataclass(frozen=True)
class Yes:
    """Under what a clip may be used: the scope, its end, what limits it, and what viewers must be told."""

    scope: str
    until: str
    restrictions: str
    disclosures: Sequence[tuple[str, str]]


def question_context(
    request: HttpRequest, clip: Clip, version: LicenceRecordVersion | None, user: User
) -> dict[str, Any]:
    """Return the question in the address, answered; without one, the form with what the record allows first."""
    if "use" not in request.GET:
        form = QuestionForm(clip=clip, user=user, initial=first_asked(version, clip.project.client_id))
        return {"clearance_form": form, "answer": None}
    form = QuestionForm(request.GET, clip=clip, user=user)
    answer = attempt(form, lambda: clearance(clip=clip, reader=user, **form.arguments()))
    if answer is None:
        return {"clearance_form": form, "answer": None}
    against = mends.blocks(answer.reasons, clip, version, user)
    return {
        "clearance_form": form,
        "answer": answer,
        "asked": asked_words(form),
        "against": against,
        "groups": mends.grouped(against),
        "set_aside": mends.blocks(answer.set_aside, clip, version),
        "yes": permission(version) if answer.granted and version and user.kind != Kind.GUEST else None,
        "download_query": urlencode(form.purpose_only()),
        "deliverable_for": form.purpose_only().items() if user.kind != Kind.GUEST else (),
        "downloadable": form.is_now(),
        "extension_form": extension_form(request, clip, user, answer),
    }


def extension_form(request: HttpRequest, clip: Clip, user: User, answer: Clearance) -> ExtensionForm | None:
    """Return the form that asks for a wider scope, where that would help and this person may ask."""
    helps = EXTENDABLE & {one.code for one in answer.reasons}
    if not helps or not user.may(Permission.DRAFT_LICENCE):
        return None
    names = ("use", "territory", "purpose", "first_day", "last_day")
    return ExtensionForm(
        clip=clip, user=user, initial={each: request.GET.get(each, "") for each in names}, prefix="extension"
    )


def asked_words(form: QuestionForm) -> str:
    """Write the question out: for what, where, to what end, when, for whom."""
    said = form.cleaned_data
    first, last = said["first_day"], said["last_day"]
    when = f"from {first or 'now'} up to and with {last}" if last else f"on {first}" if first else "now"
    end = f" for {purpose_label(said['purpose']).lower()}" if said["purpose"] else ""
    client = f", for {said['client']}" if said.get("client") else ""
    return f"{use_label(said['use'])} {within(said['territory'])}{end}, {when}{client}"


def permission(version: LicenceRecordVersion) -> Yes:
    """Return what a yes rests on, from the record version that was signed."""
    until = local(version.ends_at, version.time_zone) if version.ends_at else ""
    return Yes(scope(version), until, version.restrictions.strip(), disclosures(version))


def disclosures(version: LicenceRecordVersion) -> list[tuple[str, str]]:
    """Return each duty that the record plans for, with the plan; first what it says in words of its own."""
    own = [("Disclosure", version.disclosure.strip())] if version.disclosure.strip() else []
    met = [each for each in version.disclosures if not each.get("exempt") and each.get("plan")]
    titles = {
        (rule.key, rule.version): rule.title
        for rule in DisclosureRule.objects.filter(key__in=[each["rule"] for each in met])
    }
    return own + [(titles.get((each["rule"], each["version"]), each["rule"]), each["plan"]) for each in met]
