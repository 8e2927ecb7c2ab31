"""What a Prometheus server reads at /metrics. Labels are bounded: routes, methods, statuses."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The counters of one app; two apps in one process do not share them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
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
            "headlight_cache_bytes", "Bytes of the runs kept.", registry=self.registry
        )
        self.kept_runs = Gauge("headlight_cache_runs", "Runs kept.", registry=self.registry)
        self.queued = Gauge(
            "headlight_queue_depth", "Jobs waiting for a worker.", registry=self.registry
        )
        self.refused = Counter(
            "headlight_refused_total", "Jobs refused: the queue was full.", registry=self.registry
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        name = method if method in METHODS else "other"
        self.requests.labels(name, route, str(status)).inc()
        self.duration.labels(route).observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self.registry)
