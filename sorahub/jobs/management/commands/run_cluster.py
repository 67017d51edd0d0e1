"""``manage.py run_cluster``: the django-q2 cluster with its schedules installed and a watchdog over it."""

import argparse
import datetime as dt
import logging
import os
import signal
import threading
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import timezone

from sorahub.jobs import schedules, sweeper, watchdog
from sorahub.jobs.supervision import ClusterProcess

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Runs until SIGTERM or SIGINT, which let running tasks finish; restarts a cluster that died or froze."""

    help = "Run the job cluster; restarts it when it freezes."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Name for the heart-beat, freeze limit, and patience when stopping; in seconds."""
        parser.add_argument("--name", default=os.uname().nodename)
        parser.add_argument("--freeze", type=float, default=watchdog.freeze_seconds())
        parser.add_argument("--grace", type=float, default=float(settings.Q_CLUSTER["timeout"]) + 30)
        parser.add_argument("--check-every", type=float, default=2.0)

    def handle(self, *args: Any, **options: Any) -> None:
        """Install schedules, start the cluster, watch it."""
        self.stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        schedules.install()
        cluster = ClusterProcess(options["name"])
        try:
            while not self.stopping.is_set():
                cluster = self._watch(cluster, options)
        finally:
            self._report(clean=cluster.stop(grace=options["grace"]))

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def _watch(self, cluster: ClusterProcess, options: dict[str, Any]) -> ClusterProcess:
        """Watch one cluster until it must be replaced or we are asked to stop; return the one in charge
        then.
        """
        started = timezone.now()
        prober = watchdog.Prober(limit=options["freeze"])
        while not self.stopping.wait(options["check_every"]):
            fault = self._fault(cluster, started, prober, options)
            if fault:
                log.error("cluster %s %s: restarting it", options["name"], fault)
                self.stderr.write(f"cluster {options['name']} {fault}: restarting it")
                cluster.kill()
                return ClusterProcess(options["name"])
        return cluster

    def _fault(
        self, cluster: ClusterProcess, started: dt.datetime, prober: watchdog.Prober, options: dict[str, Any]
    ) -> str:
        """Say what is wrong with the cluster, or nothing."""
        if cluster.ended():
            return "ended by itself"
        try:
            close_old_connections()
            signs = watchdog.signs(options["name"], since=started)
            prober.probe(signs.silent)
            sweeper.release_orphans()
        except (DatabaseError, InterfaceError) as error:
            log.warning("cluster %s cannot be judged: %s", options["name"], error)
            return "keeps the database from answering" if prober.blind() else ""
        prober.saw()
        return "is frozen" if watchdog.frozen(signs, limit=options["freeze"]) else ""

    def _report(self, *, clean: bool) -> None:
        self.stdout.write("cluster stopped" if clean else "cluster did not stop in time and was killed")
