"""Where providers call: no log-in, no cookie; the signature or the address is the door, and a call is only a hint to look."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from generations.actions.webhooks import Heard, receive_webhook
from generations.models import Generation, ProviderAccount
from generations.pipeline.doors import is_callback_token
from sorahub.lib.errors import DomainError

LARGEST_BYTES = 64 * 1024


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a signed call: 204 (also when it came before), 202 for a task that nobody here knows, 413 above 64 KiB, else
    the refusal's status and code.
    """
    account = get_object_or_404(ProviderAccount.objects.enabled(), pk=pk)
    return _received(request, account, None)


@csrf_exempt
@require_POST
def webhook_of(request: HttpRequest, pk: UUID, generation_pk: UUID, token: str) -> HttpResponse:
    """Take a call at the address that only this generation's order named; 403 for a wrong token, before anything is read.

    It is heard even when the account is switched off: what was launched before is paid for.
    """
    if not is_callback_token(generation_pk, token):
        return _said("webhook-refused", 403)
    rows = Generation.objects.select_related("account", "project")
    about = get_object_or_404(rows, pk=generation_pk, account_id=pk)
    return _received(request, about.account, about)


def _received(request: HttpRequest, account: ProviderAccount, about: Generation | None) -> HttpResponse:
    announced = request.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > LARGEST_BYTES:
        return _said("too-large", 413)
    raw = request.read(LARGEST_BYTES + 1)
    if len(raw) > LARGEST_BYTES:
        return _said("too-large", 413)
    try:
        heard = receive_webhook(account=account, headers=dict(request.headers), raw=raw, about=about)
    except DomainError as error:
        return _said(error.code, error.status)
    return HttpResponse(status=202 if heard is Heard.UNKNOWN else 204)


def _said(code: str, status: int) -> HttpResponse:
    return HttpResponse(f"{code}\n", status=status, content_type="text/plain")
