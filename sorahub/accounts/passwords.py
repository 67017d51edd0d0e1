"""Password hashing: argon2id at OWASP's 19 MiB, two passes, one lane (about 19 ms, so that a log-in storm does not stall the pages)."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2id with the OWASP cheat sheet's second parameter set."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
