"""Addresses of single sign-on besides allauth's own: nobody signs up by it, and nobody ties another identity to an account."""

from allauth.socialaccount import views
from django.urls import path

from sorahub.accounts.adapter import closed

urlpatterns = [
    path("", closed, name="socialaccount_connections"),
    path("signup/", closed, name="socialaccount_signup"),
    path("cancelled/", views.login_cancelled, name="socialaccount_login_cancelled"),
    path("error/", views.login_error, name="socialaccount_login_error"),
]
