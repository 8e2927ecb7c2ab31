"""Words for people: an English sentence that still knows what it was made of, so that whoever
shows it can say it in another language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import reduce

PARAMETER = re.compile(r"\{(\w+)\}")


class Message(str):
    """A sentence in English, made of a template with named parameters.

        Message("{text} has {count} characters", text="text", count=9)

    It is the string "text has 9 characters" wherever a string is wanted; `template` and `params`
    are for those who translate. A parameter may be a Message itself. The template is written as a
    literal: `make messages` reads it from the source.
    """

    __slots__ = ("params", "template")
    template: str
    params: dict[str, object]

    def __new__(cls, template: str, /, **params: object) -> Message:
        message = super().__new__(cls, filled(template, params))
        message.template = template
        message.params = params
        return message

    def __reduce__(self) -> tuple[object, ...]:
        return (_again, (self.template, self.params))


def listed(items: Sequence[str]) -> str | None:
    """The items as one phrase, "a, b, c"; None where there are none."""
    if not items:
        return None
    return reduce(lambda some, item: Message("{items}, {item}", items=some, item=item), items)


def either(names: Sequence[str]) -> str:
    """Names to choose from, of which there is one at least: "a, b or c"."""
    *others, last = names
    return Message("{items} or {item}", items=", ".join(others), item=last) if others else last


def both(names: Sequence[str]) -> str:
    """Names that belong together, of which there is one at least: "a, b and c"."""
    *others, last = names
    return Message("{items} and {item}", items=", ".join(others), item=last) if others else last


def excerpt(shown: Sequence[str], count: int) -> str:
    """The first of `count` names: "a, b and 3 more"; "a, b" where there are no others."""
    items, rest = ", ".join(shown), count - len(shown)
    return Message("{items} and {rest} more", items=items, rest=rest) if rest > 0 else items


def prose(*sentences: Message) -> Message:
    """One sentence after the other."""
    said, *others = sentences
    for other in others:
        said = Message("{sentence} {next}", sentence=said, next=other)
    return said


def _again(template: str, params: dict[str, object]) -> Message:
    return Message(template, **params)


def filled(template: str, params: Mapping[str, object]) -> str:
    """The template with each {name} that is a parameter replaced; other braces stay."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return str(params[name]) if name in params else match[0]

    return PARAMETER.sub(value, template)
