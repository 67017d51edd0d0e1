"""People, the agency's clients, tokens, and what each kind of person may do."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The accounts app."""

    name = "sorahub.accounts"
    label = "accounts"
    verbose_name = "People and clients"
