"""What people have chosen for themselves; whatever they have not said is on."""

from sorahub.accounts.models import User

MAIL = {
    "mentions": "Somebody mentions me in a note",
    "replies": "Somebody replies to a note of mine",
    "budgets": "A budget passes a limit, or will soon",
}
OF_MAKERS = ("budgets",)
"""What only producers and administrators are ever told."""


def wants_mail(user: User, about: str) -> bool:
    """Say whether this person wants a mail about such things."""
    chosen = user.preferences.get("mail")
    return not isinstance(chosen, dict) or chosen.get(about) is not False
