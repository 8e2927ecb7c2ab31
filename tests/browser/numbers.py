"""Numbers as the screen writes them."""

from __future__ import annotations

import math
import re

from playwright.sync_api import Locator

SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def significant(value: float, digits: int) -> str:
    """A number as the screen writes it: that many significant digits, a true minus."""
    if value == 0:
        return "0"
    if abs(value) < 1e-4:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        power = str(int(exponent)).translate(SUPERSCRIPT)
        return f"{mantissa} × 10{power}".replace("-", "−")
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}".replace("-", "−")


def weight_text(value: float) -> str:
    """A weight or a probability: two decimals, and two digits where those would both be 0."""
    return significant(value, 2) if 0 < value < 0.005 else f"{value:.2f}"


def number_after(label: str, within: Locator) -> str:
    """The number that stands behind a label in the text of a note or a sentence."""
    found = re.search(
        rf"{re.escape(label)}\s*([−\d.]+(?: × 10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)?)", within.inner_text()
    )
    assert found, f"no {label} in {within.inner_text()!r}"
    return found[1]
