"""Where Chromium is; installs it where it is not.

As a command it prints the path and nothing else on stdout, and fails in words where there
is no browser to be had: the browser tests are never skipped. HEADLIGHT_CHROMIUM names
another one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The shell is Chromium without its windows, which the tests never see: it starts sooner and
# computes less.
NAMES = (
    "chromium-headless-shell",
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
)

# Chromium's own pages for its address bar load beside every new window and take a processor
# from the page in it. The last list counts, so the rest is playwright's own, said again.
FEATURES_OFF = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    *("AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync"),
    *("DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades"),
    *("LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints"),
    *("PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning"),
)
# No sandbox, because root in a container has none; no GPU, so that every machine paints alike.
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    f"--disable-features={','.join(FEATURES_OFF)}",
]


class NoChromium(RuntimeError):
    """No browser here, and none could be installed."""


def chromium(*, shell: bool = True) -> Path:
    """The browser that the tests and the bench drive; installs one where there is none. Without
    `shell` it is one with windows, as people have, where there is one.

    Raises NoChromium with what was tried and what to do.
    """
    found = _named() or (None if shell else _on_path(NAMES[1:])) or _on_path() or _playwrights_own()
    if found:
        return found
    failures = []
    for install in (_install_with_apt, _install_with_playwright):
        failure = install()
        if failure is None:
            installed = _on_path() or _playwrights_own()
            if installed:
                return installed
            failure = f"{install.__name__.strip('_')} ran, but left no browser behind"
        failures.append(failure)
    raise NoChromium(
        "no Chromium here, and none could be installed:\n"
        + "\n".join(f"  - {failure}" for failure in failures)
        + "\nInstall Chromium, or set HEADLIGHT_CHROMIUM to the path of one."
    )


def _named() -> Path | None:
    name = os.environ.get("HEADLIGHT_CHROMIUM")
    if not name:
        return None
    if not os.access(name, os.X_OK):
        raise NoChromium(f"HEADLIGHT_CHROMIUM is {name!r}, which is no program that can be run")
    return Path(name)


def _on_path(names: tuple[str, ...] = NAMES) -> Path | None:
    return next((Path(path) for name in names if (path := shutil.which(name))), None)


def _playwrights_own() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def _install_with_apt() -> str | None:
    """None if apt-get installed it, else why it did not."""
    if not shutil.which("apt-get"):
        return "apt-get: not a Debian system"
    if os.geteuid() != 0:
        return "apt-get: needs root"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-qy", "--no-install-recommends", NAMES[0], "fonts-noto-cjk"],
    ):
        failure = _run(command, environment)
        if failure:
            return failure
    return None


def _install_with_playwright() -> str | None:
    """None if playwright installed it, else why it did not."""
    return _run([sys.executable, "-m", "playwright", "install", "chromium"], dict(os.environ))


def _run(command: list[str], environment: dict[str, str]) -> str | None:
    print(f"Chromium: {' '.join(command)}", file=sys.stderr)
    done = subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
    return None if done.returncode == 0 else f"{' '.join(command)}: exit code {done.returncode}"


if __name__ == "__main__":
    try:
        print(chromium())
    except NoChromium as error:
        sys.exit(f"error: {error}")
