"""The languages of the screen: which one is asked for, and how a message is said in it.

app/languages/<name>.po holds the translations (GNU gettext); `make messages` writes into it every
message of the sources that it does not hold yet. English is the source: it needs no file.
"""

from __future__ import annotations

import gettext
import io
import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ParamSpec, TypeVar

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.requests import Request
from starlette.responses import Response

from headlight.app.http.negotiate import weighted
from headlight.models.core.messages import Message, filled

P = ParamSpec("P")
R = TypeVar("R")
FOLDER = Path(__file__).resolve().parent.parent / "languages"
KEPT = "lang"
"""The cookie that keeps what a person chose, and the parameter of an address that says it."""


@dataclass(frozen=True, slots=True)
class Language:
    """`name` is that of its file and of addresses, `tag` BCP 47, `title` what it calls itself."""

    name: str
    tag: str
    title: str


ENGLISH = Language("en", "en", "English")
LANGUAGES = {each.name: each for each in (ENGLISH, Language("zh", "zh-Hans", "中文"))}

language: ContextVar[Language] = ContextVar("language", default=ENGLISH)
"""That of the request which is being answered."""


def asked_for(request: Request) -> Language:
    """`?lang=` of the address, else what was chosen before, else what Accept-Language likes best.

    A name that is none of ours says nothing; "zh-TW" and "zh-Hant" get the Chinese that there is.
    """
    for chosen in (request.query_params.get(KEPT), request.cookies.get(KEPT)):
        if chosen in LANGUAGES:
            return LANGUAGES[chosen]
    liked = sorted(weighted(request.headers.get("accept-language", "")), key=lambda each: -each[1])
    for tag, weight in liked:
        named = LANGUAGES.get(tag.partition("-")[0])
        if named is not None and weight > 0:
            return named
    return ENGLISH


@cache
def catalog(name: str) -> Catalog:
    """The messages of a language, as its file holds them."""
    with (FOLDER / f"{name}.po").open("rb") as file:
        return read_po(file, locale=name)


@cache
def translations(name: str) -> gettext.NullTranslations:
    """What English needs is there already; a message that a language lacks is said in English."""
    if name == ENGLISH.name:
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, catalog(name))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def said(message: str) -> str:
    """A message in the language of the request; other strings as they are."""
    if not isinstance(message, Message):
        return message
    params = {
        name: said(value) if isinstance(value, str) else value
        for name, value in message.params.items()
    }
    return filled(translations(language.get().name).gettext(message.template), params)


def speaking(work: Callable[P, R]) -> Callable[P, R]:
    """The same work, wherever it is done, in the language of the request that asks for it."""
    asked = language.get()

    def done(*args: P.args, **kwargs: P.kwargs) -> R:
        before = language.set(asked)
        try:
            return work(*args, **kwargs)
        finally:
            language.reset(before)

    return done


def in_language(response: Response) -> Response:
    """The same answer, which now tells in which language it is, and what decided that."""
    response.headers["Content-Language"] = language.get().tag
    for name in ("Accept-Language", "Cookie"):
        response.headers.add_vary_header(name)
    return response


def template_messages() -> Mapping[str, Callable[..., str]]:
    """gettext and ngettext for templates, in the language of the request."""
    return {
        "gettext": lambda message: translations(language.get().name).gettext(message),
        "ngettext": lambda one, other, count: translations(language.get().name).ngettext(
            one, other, count
        ),
    }


def translated(string: str | tuple[str, ...] | list[str] | None) -> bool:
    """Whether a catalogue says the message, in all its forms."""
    return all(string) if isinstance(string, tuple | list) else bool(string)


def catalogue_of(name: str) -> str:
    """The file of `script` in the tree of static files."""
    return f"languages/{name}.js"


def script(name: str) -> bytes:
    """The messages of the scripts, for the browser: a plain script that comes before the modules.

    A message of several forms has a list of them, the order of the language's own plural rule.
    """
    messages = {}
    for message in catalog(name):
        if not any(place.startswith("static/js/") for place, _ in message.locations):
            continue
        key = message.id[0] if isinstance(message.id, tuple) else message.id
        if translated(message.string):
            messages[key] = message.string
    text = json.dumps(messages, ensure_ascii=False, separators=(",", ":"))
    return f"globalThis.headlightCatalogue = {text};\n".encode()
