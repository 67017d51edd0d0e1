"""People, clients, tokens, jobs and the ledger in the admin site, and what all admin pages stand on."""

from sorahub.accounts.admin import hub, people

__all__ = ["hub", "people"]
