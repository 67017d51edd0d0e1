"""Where providers call: no log-in, no cookie; the signature is the door, and a call is only a hint to look."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from generations.actions.webhooks import receive_webhook
from generations.models import ProviderAccount
from sorahub.lib.errors import DomainError

LARGEST_BYTES = 64 * 1024


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Answer 204 to a sound call (also when it came before), 413 above 64 KiB, else the refusal's status and code."""
    account = get_object_or_404(ProviderAccount.objects.enabled(), pk=pk)
    announced = request.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > LARGEST_BYTES:
        return _said("too-large", 413)
    raw = request.read(LARGEST_BYTES + 1)
    if len(raw) > LARGEST_BYTES:
        return _said("too-large", 413)
    try:
        receive_webhook(account=account, headers=dict(request.headers), raw=raw)
    except DomainError as error:
        return _said(error.code, error.status)
    return HttpResponse(status=204)


def _said(code: str, status: int) -> HttpResponse:
    return HttpResponse(f"{code}\n", status=status, content_type="text/plain")
