"""Where Chinese words end: jieba's dictionary and its model of unknown words, for both scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache


def chinese_words(run: str) -> Iterator[int]:
    """Length of each word of a run of Chinese characters, in order; they add up to the run's.

    The dictionary is of simplified characters, so traditional ones are looked up as such,
    one for one: "蘋果" is the word that "苹果" is.
    """
    cut = _segmenter()
    for word in cut(simplified(run)):
        yield len(word)


def simplified(text: str) -> str:
    """The text with each traditional character in its simplified form, one for one."""
    return "".join(map(_simplified, text))


@cache
def _segmenter() -> Callable[[str], list[str]]:
    """jieba in Rust. It reads its dictionary when imported (0.1 s): so, at the first Chinese."""
    import rjieba

    return rjieba.cut


@cache
def _simplified(character: str) -> str:
    """The simplified form, or the character itself where it has none of one character."""
    found: str = _converter()(character)
    return found if len(found) == 1 else character


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    return OpenCC("t2s").convert
