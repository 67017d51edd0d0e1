"""The door of outside counsel: from the link in a mail by a one-time code to the record, and to the receipt afterwards."""

import json
from base64 import b64encode
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from reviews.actions import counsel, counsel_codes, counsel_sign
from reviews.actions.signatures import PURPOSE
from reviews.models import CounselInvitation, SignOff
from reviews.rules.statement import scope
from reviews.web import counsel_session as session
from reviews.web import limits
from reviews.web.counsel_room import room_page
from reviews.web.counsel_session import through
from reviews.web.guest_door import hidden, hint
from sorahub.lib import signing

ENDED = {
    "withdrawn": ("This request was withdrawn", "Nobody waits for your signature any more."),
    "expired": ("This link has run out", "If your signature is still wanted, ask for another link."),
    "superseded": ("The record was changed", "There is a newer version than the one that you were asked about. It needs a link of its own."),
    "signed": ("This version is signed already", "Somebody else has decided on it, so nothing is left to sign."),
    "gone": ("This link leads nowhere any more", "Your account was ended."),
}  # fmt: skip


@hidden
@require_GET
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """Follow a link: bind this browser to its invitation and go on without its token."""
    if limits.too_often(request, "arrive", "arrive"):
        return limits.answer(request)
    invitation = counsel.find_link(token)
    if invitation is None:
        answer = session.gone(request)
    elif request.user.is_authenticated:
        answer = session.elsewhere(request)
    else:
        session.bind(request, invitation)
        answer = redirect("reviews:counsel-door", pk=invitation.pk)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@require_GET
@through
def door(request: HttpRequest, invitation: CounselInvitation) -> HttpResponse:
    """Say who asks and what, and ask for the code; behind it is the record, after the decision its receipt alone."""
    if invitation.sign_off is not None:
        return render(request, "reviews/counsel_receipt.html", _receipt(invitation, invitation.sign_off))
    if why := counsel.ended(invitation):
        title, words = ENDED[why]
        context = {"invitation": invitation, "title": title, "words": words}
        return render(request, "reviews/counsel_ended.html", context, status=410)
    if session.is_inside(request):
        return room_page(request, invitation)
    return _page(request, invitation)


@require_POST
@through
def ask_code(request: HttpRequest, invitation: CounselInvitation) -> HttpResponse:
    """Have a code mailed to the address that the invitation was made for."""
    if not invitation.awaited or counsel.ended(invitation):
        return redirect("reviews:counsel-door", pk=invitation.pk)
    if limits.too_often(request, "code", str(invitation.pk)):
        return limits.answer(request)
    session.remember(request, code=str(counsel_codes.ask(invitation).pk), idle=False)
    return redirect("reviews:counsel-door", pk=invitation.pk)


@require_POST
@through
def enter_code(request: HttpRequest, invitation: CounselInvitation) -> HttpResponse:
    """Take the code: the address is proved."""
    code = session.code_of(request, "code")
    if code is None or counsel.ended(invitation) or invitation.decided_at:
        return redirect("reviews:counsel-door", pk=invitation.pk)
    if limits.too_often(request, "enter", str(code)):
        return limits.answer(request)
    entered = counsel_sign.open_with(invitation, code, request.POST.get("code", ""))
    if entered is None:
        words = "This is not the code, or it has expired. Look at the newest mail, or have another one sent."
        return _page(request, invitation, code_error=words)
    times = {"sent_at": entered.sent_at, "entered_at": entered.entered_at}
    session.come_in(request, {name: at.isoformat() if at else "" for name, at in times.items()})
    return redirect("reviews:counsel-door", pk=invitation.pk)


@require_GET
@through
def receipt(request: HttpRequest, invitation: CounselInvitation) -> HttpResponseBase:
    """The signed text with its signature and the public key, as a file."""
    if invitation.sign_off is None:
        return redirect("reviews:counsel-door", pk=invitation.pk)
    told = {**_signed(invitation.sign_off), "payload": invitation.sign_off.payload}
    answer = HttpResponse(json.dumps(told, indent=2), content_type="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="receipt.json"'
    return answer


def _page(request: HttpRequest, invitation: CounselInvitation, **errors: str) -> HttpResponse:
    held = session.state(request)
    context = {
        "invitation": invitation,
        "clip": invitation.record_version.record.clip,
        "hint": hint(invitation.counsel.email),
        "minutes": counsel_codes.LASTS.seconds // 60,
        "step": "code" if held.get("code") else "begin",
        "idle": held.get("idle", False),
        **errors,
    }
    return render(request, "reviews/counsel_door.html", context, status=422 if errors else 200)


def _receipt(invitation: CounselInvitation, signed: SignOff) -> dict[str, Any]:
    return {
        "invitation": invitation,
        "shown": signed,
        "scope": scope(signed.record_version),
        "revocation": SignOff.objects.filter(revokes=signed).first(),
        **_signed(signed),
    }


def _signed(signed: SignOff) -> dict[str, str]:
    """What somebody else needs to check the signature."""
    [raw] = [key.raw for key in signing.public_keys(PURPOSE) if key.key_id == signed.key_id] or [b""]
    return {
        "payload_sha256": signed.payload_sha256,
        "signature": signed.signature,
        "key_id": signed.key_id,
        "public_key": raw.hex(),
        "public_key_pem": _pem(raw),
    }


def _pem(raw: bytes) -> str:
    """The key as openssl reads it: RFC 8410's fixed head before the 32 bytes."""
    der = bytes.fromhex("302a300506032b6570032100") + raw
    return f"-----BEGIN PUBLIC KEY-----\n{b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"
