"""The page's typeface: every sign of the screen is in it, and it has a name of its own."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

ROOT = Path(__file__).parents[1]
FONTS = ROOT / "static" / "fonts"
SOURCES = [
    *(ROOT / "static" / "js").rglob("*.js"),
    *(ROOT / "templates").glob("*.html"),
    *(ROOT / "app").rglob("*.py"),
    ROOT / "app" / "glossary.toml",
]
WIDE = ("W", "F")  # Chinese, Japanese and Korean are set in the system's own fonts
DRAWN = set("─├│└")  # box lines of comments
TABULAR = "0123456789"


def glyphs(*names: str) -> set[int]:
    return {code for name in names for code in TTFont(FONTS / f"{name}.woff2").getBestCmap()}


def test_every_sign_that_the_pages_write_is_in_the_typeface() -> None:
    known = glyphs("headlight-sans", "headlight-sans-more", "headlight-math")
    written = {sign for path in SOURCES for sign in path.read_text(encoding="utf-8")}
    shown = {
        sign
        for sign in written - DRAWN
        if unicodedata.category(sign) not in ("Cc", "Cf", "Zl", "Zp", "Co", "Cn", "So", "Mn")
        and unicodedata.east_asian_width(sign) not in WIDE
    }
    missing = sorted(sign for sign in shown if ord(sign) not in known)
    assert missing == sorted(set("▁") & shown)  # SentencePiece's own sign, named in a comment


@pytest.mark.parametrize("weight", [400, 700])
def test_figures_are_as_wide_as_one_another(weight: int) -> None:
    font = TTFont(FONTS / "headlight-sans.woff2")
    (axis,) = font["fvar"].axes
    assert (axis.axisTag, axis.minValue, axis.maxValue) == ("wght", 400, 700)
    cmap, widths = font.getBestCmap(), font["hmtx"]
    assert axis.minValue <= weight <= axis.maxValue
    assert len({widths[cmap[ord(digit)]][0] for digit in TABULAR + "−"}) == 1


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("headlight-sans", "Headlight Sans"),
        ("headlight-sans-more", "Headlight Sans"),
        ("headlight-math", "Headlight Math"),
    ],
)
def test_a_subset_does_not_bear_the_reserved_name(name: str, family: str) -> None:
    """OFL 1.1, condition 3; the licence stands beside the files."""
    names = TTFont(FONTS / f"{name}.woff2")["name"]
    assert names.getDebugName(1) == family
    assert "plex" not in f"{names.getDebugName(4)} {names.getDebugName(6)}".lower()
    assert "SIL OPEN FONT LICENSE" in (FONTS / "LICENSE.txt").read_text(encoding="utf-8").upper()


def test_one_file_is_enough_for_the_first_picture_and_small() -> None:
    assert (FONTS / "headlight-sans.woff2").stat().st_size < 60_000
