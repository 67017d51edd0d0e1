"""People, the agency's clients, tokens, and what each kind of person may do."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The accounts app."""

    name = "sorahub.accounts"
    label = "accounts"
    verbose_name = "People and clients"

    def ready(self) -> None:
        """Listen to who gains or loses a second factor, once all models are known."""
        import_module("sorahub.accounts.second_factors").listen()
