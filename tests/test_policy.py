"""The Content-Security-Policy that is written once is the one that django-csp would write for each answer."""

from collections.abc import Callable
from typing import Any

import pytest
from csp.decorators import csp_exempt, csp_replace, csp_update
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from sorahub.middleware import ContentSecurityPolicy

pytestmark = pytest.mark.core
View = Callable[[HttpRequest], HttpResponse]


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello")


def with_nonce(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.csp_nonce) and "Hello")  # type: ignore[attr-defined]  # the middleware's


def of_its_own(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello", headers={"Content-Security-Policy": "sandbox"})


def headers(middleware: Callable[[View], Any], view: View) -> dict[str, str]:
    return dict(middleware(view)(RequestFactory().get("/")).headers)


@pytest.mark.parametrize(
    "view",
    [
        plain,
        of_its_own,
        with_nonce,
        csp_exempt()(plain),
        csp_update({"img-src": ["example.org"]})(plain),
        csp_replace({"img-src": ["example.org"]})(plain),
    ],
)
def test_the_header_is_the_same(view: View) -> None:
    assert headers(ContentSecurityPolicy, view) == headers(CSPMiddleware, view)


def test_most_answers_have_the_policy_of_the_settings() -> None:
    policy = headers(ContentSecurityPolicy, plain)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
