"""People, clients and tokens."""

from sorahub.accounts.models.agency import AgencyProfile
from sorahub.accounts.models.client import Client
from sorahub.accounts.models.person import Person, User
from sorahub.accounts.models.token import ApiToken

__all__ = ["AgencyProfile", "ApiToken", "Client", "Person", "User"]
