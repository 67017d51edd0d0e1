"""What stops an operator's command, with words that say what to do."""


class OperatingError(Exception):
    """A backup or a restoration that cannot go on; nothing of what was there has been touched, unless the words say so."""
