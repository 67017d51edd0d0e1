"""Settings of a cluster that a test starts: jobs alone, on a database file of its own, with short leases."""

import os
from pathlib import Path

from sorahub.jobs.cluster import q_cluster_settings
from sorahub.settings import env

SECRET_KEY = "only-for-tests"
KEY_DIR = Path(os.environ["TEST_CLUSTER_DATABASE"]).parent / "keys"
USE_TZ = True
TIME_ZONE = "UTC"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "sorahub.jobs.apps.JobsConfig",
    "django_q",
    "tests.jobs.handlers",
]
DATABASES = {"default": env.sqlite(Path(os.environ["TEST_CLUSTER_DATABASE"]))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
Q_CLUSTER = q_cluster_settings(workers=2, timeout=20)
JOBS_LEASE_SECONDS = 1
