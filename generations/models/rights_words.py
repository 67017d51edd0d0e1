"""The words in which a reference's rights and roles are kept: short lists, each with its label for people."""

from django.db import models


class Licence(models.TextChoices):
    """Under which kind of licence a reference is used. docs/how-to/keep-references.md says what each asks for."""

    UNKNOWN = "unknown", "Not known yet"
    OWN_WORK = "own_work", "Own work"
    CLIENT = "client", "Supplied by the client"
    STOCK = "stock", "Stock licence"
    CC0 = "cc0", "CC0 (no rights reserved)"
    CC_BY = "cc_by", "CC BY"
    CC_BY_SA = "cc_by_sa", "CC BY-SA"
    CC_BY_ND = "cc_by_nd", "CC BY-ND (no derivatives)"
    CC_BY_NC = "cc_by_nc", "CC BY-NC (not commercial)"
    CC_BY_NC_SA = "cc_by_nc_sa", "CC BY-NC-SA (not commercial)"
    CC_BY_NC_ND = "cc_by_nc_nd", "CC BY-NC-ND (not commercial, no derivatives)"
    PUBLIC_DOMAIN = "public_domain", "Public domain"
    CONTRACT = "contract", "Another contract"


class Known(models.TextChoices):
    """An answer about rights. Unknown is not allowed, and is not refused."""

    YES = "yes", "Yes"
    NO = "no", "No"
    UNKNOWN = "unknown", "Not known yet"


class Role(models.TextChoices):
    """What a reference is for, in people's words; generations.catalog.roles says which places of which models take it."""

    FIRST_FRAME = "first_frame", "First frame"
    LAST_FRAME = "last_frame", "Last frame"
    STYLE = "style", "Style"
    SUBJECT = "subject", "Subject"
    MOTION = "motion", "Motion"
    VOICE = "voice", "Voice"
