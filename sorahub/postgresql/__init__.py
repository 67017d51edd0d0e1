"""Django's PostgreSQL, but for one look less at every request; a database engine's module is always called ``base``."""
