"""What a Prometheus server reads at /metrics. Labels are bounded: routes, methods, statuses.

Several worker processes count in files of one folder, PROMETHEUS_MULTIPROC_DIR, and whichever is
asked answers for all (prometheus_client's own way); `headlight serve --workers` sets it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

MULTIPROC_DIR = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client's own name for it

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The counters of one app; two apps in one process do not share them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # memory among others
        self.requests = Counter(
            "headlight_requests_total",
            "Requests answered, by route template; status 499 is a client that left.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.duration = Histogram(
            "headlight_request_seconds",
            "Seconds from the first byte read to the last byte written.",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.runs = Counter(
            "headlight_runs_total",
            "Captured runs, by how they ended.",
            ("outcome",),
            registry=self.registry,
        )
        self.run_seconds = Histogram(
            "headlight_run_seconds",
            "Seconds of one captured run, without the time it queued.",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.lookups = Counter(
            "headlight_run_lookups_total",
            "Requests for a run: hit (kept), shared (already running) or miss.",
            ("result",),
            registry=self.registry,
        )
        self.kept_bytes = Gauge(
            "headlight_cache_bytes",
            "Bytes of the runs kept.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.kept_runs = Gauge(
            "headlight_cache_runs",
            "Runs kept.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.model_bytes = Gauge(
            "headlight_model_bytes",
            "Bytes of the weights of the models in memory.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.queued = Gauge(
            "headlight_queue_depth",
            "Jobs waiting for a worker.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self.refused = Counter(
            "headlight_refused_total", "Jobs refused: the queue was full.", registry=self.registry
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        name = method if method in METHODS else "other"
        self.requests.labels(name, route, str(status)).inc()
        self.duration.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All of it; of all processes, where they count together."""
        folder = os.environ.get(MULTIPROC_DIR)
        if not folder:
            return generate_latest(self.registry)
        _forget_dead(Path(folder))
        together = CollectorRegistry()
        MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]
        return generate_latest(together)


def _forget_dead(folder: Path) -> None:
    """What a process holds ends with it; what it counted stays."""
    for path in folder.glob("gauge_live*_*.db"):
        number = int(path.stem.rpartition("_")[2])
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another process has seen it too
                mark_process_dead(number, str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:
            pass
