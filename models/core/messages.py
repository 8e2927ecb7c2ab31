"""Words for people: an English sentence that still knows what it was made of, so that whoever
shows it can say it in another language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

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


def listed(items: Sequence[str]) -> Message | None:
    """The items as one phrase, "a, b, c"; None where there are none."""
    if not items:
        return None
    phrase = items[0] if isinstance(items[0], Message) else Message("{item}", item=items[0])
    for item in items[1:]:
        phrase = Message("{items}, {item}", items=phrase, item=item)
    return phrase


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
