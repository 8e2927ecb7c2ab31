"""The path and its lessons are pages like the others, in both languages."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from headlight.app.features.learn.path import LESSONS

SLUGS = [lesson.slug for lesson in LESSONS]


def test_the_path_leads_to_every_lesson_in_order(client: TestClient) -> None:
    page = client.get("/learn").text
    assert re.findall(r'<li class="learn-lesson" data-lesson="([^"]+)">', page) == SLUGS
    for lesson in LESSONS:
        assert f'href="/learn/{lesson.slug}"' in page
        assert lesson.question.template in page


def test_lessons_are_named_by_slugs_and_never_by_numbers() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", slug) for slug in SLUGS)
    assert len(set(SLUGS)) == len(SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_lesson_has_its_own_title_question_and_code(client: TestClient, slug: str) -> None:
    (lesson,) = (lesson for lesson in LESSONS if lesson.slug == slug)
    english = client.get(f"/learn/{slug}").text
    assert f"<h1>{lesson.title.template}</h1>" in english
    assert f'content="{lesson.question.template}"' in english
    assert f'data-lesson="{slug}"' in english
    chinese = client.get(f"/learn/{slug}?lang=zh").text
    assert lesson.title.template not in chinese


def test_a_lesson_that_is_not_there_is_not_found(client: TestClient) -> None:
    answer = client.get("/learn/alchemy", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "<h1>Not found</h1>" in answer.text
