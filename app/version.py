"""The version of Headlight that runs."""

from importlib.metadata import PackageNotFoundError, version


def installed_version() -> str:
    """The version of Headlight, "0.0.0" where it runs without having been installed."""
    try:
        return version("headlight")
    except PackageNotFoundError:
        return "0.0.0"
