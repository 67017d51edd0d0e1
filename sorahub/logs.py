"""Structured logs: each line says which request caused it and which generation, clip or record it is about."""

import logging

from sorahub.lib import correlation


class ContextFilter(logging.Filter):
    """Puts the request's id and the subject's id on every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add ``request_id`` and ``generation_id``; never drop a record."""
        record.request_id = correlation.request_id.get()
        record.generation_id = correlation.subject_id.get()
        return True
