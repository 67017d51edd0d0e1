"""The parts of the HTTP client in ``sorahub.lib.http``; nothing else imports them."""
