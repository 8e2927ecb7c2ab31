"""The page's typeface as files that a browser loads (`make fonts`): IBM Plex Sans, one variable
font, and from IBM Plex Math the signs that it lacks. They are committed: a checkout or a wheel
without Node still has them.

Their licence (OFL 1.1) reserves the name Plex for unchanged copies: these, which are subsets, are
named Headlight Sans and Headlight Math.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / "node_modules" / "@ibm"
FONTS = ROOT / "static" / "fonts"
SANS = PACKAGES / "plex-sans-variable/fonts/complete/ttf/IBM Plex Sans Var-Roman.ttf"
MATH = PACKAGES / "plex-math/fonts/complete/woff2/IBMPlexMath-Regular.woff2"
LICENSE = PACKAGES / "plex-sans-variable/fonts/complete/ttf/license.txt"
NAMES = (1, 3, 4, 6, 16)  # family, unique name, full name, PostScript name, typographic family
FEATURES = ("kern", "mark", "mkmk", "ccmp", "locl", "liga")

# Letters that most texts need are in the first file, those of other scripts in a second.
OTHER_SCRIPTS = {*range(0x0370, 0x0530), *range(0x1E00, 0x2000)}

# Signs for characters that nobody sees, raised letters: not in Plex Sans; and what formulas are
# made of, upright and in italics.
SIGNS = "␣⇥⏎␡∅⁻ˢˣ⟨⟩"
FORMULAS = {
    *range(0x20, 0x7F),
    *range(0x2400, 0x2422),
    *range(0x0391, 0x03CA),
    *range(0x2070, 0x209D),
    *range(0x2200, 0x2300),
    *range(0x1D434, 0x1D468),
    *range(0x1D6E2, 0x1D71C),
    0x210E,
    *map(ord, SIGNS + "·×√→←↑↓⇒…⋯′"),
}


def subset(font: TTFont, characters: set[int], family: str) -> TTFont:
    """The font with those characters alone, under another name."""
    options = Options()
    options.layout_features = list(FEATURES)
    options.hinting = False
    options.flavor = "woff2"
    options.name_IDs = ["*"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=sorted(characters & set(font.getBestCmap())))
    subsetter.subset(font)
    plain = family.replace(" ", "")
    for record in list(font["name"].names):
        if record.nameID in NAMES:
            record.string = plain if record.nameID in (3, 6) else family
        elif record.nameID in (7, 8, 9, 11, 12, 25):
            font["name"].removeNames(record.nameID)
    font.flavor = "woff2"
    return font


def sans(characters: set[int]) -> TTFont:
    """Plex Sans at its own width, from regular to bold."""
    font = subset(TTFont(SANS), characters, "Headlight Sans")
    return instancer.instantiateVariableFont(font, {"wdth": 100, "wght": (400, 400, 700)})


if __name__ == "__main__":
    FONTS.mkdir(exist_ok=True)
    known = set(TTFont(SANS).getBestCmap())
    sans(known - OTHER_SCRIPTS).save(FONTS / "headlight-sans.woff2")
    sans(known & OTHER_SCRIPTS).save(FONTS / "headlight-sans-more.woff2")
    subset(TTFont(MATH), FORMULAS, "Headlight Math").save(FONTS / "headlight-math.woff2")
    shutil.copyfile(LICENSE, FONTS / "LICENSE.txt")
