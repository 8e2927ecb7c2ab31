"""The lessons in the order in which they are read."""

from __future__ import annotations

from dataclasses import dataclass

from headlight.models.core.messages import Message


@dataclass(frozen=True, slots=True)
class Lesson:
    """`slug` names it in its address, /learn/<slug>, and is never a number: lessons are moved."""

    slug: str
    title: Message
    question: Message

    @property
    def path(self) -> str:
        return f"/learn/{self.slug}"


LESSONS = (
    Lesson(
        "pooling",
        Message("From many vectors to one"),
        Message("What can be made of a sentence’s vectors, and what is a query for?"),
    ),
    Lesson(
        "softmax",
        Message("Softmax and its gradient"),
        Message("How do scores become shares, and why do large scores stop learning?"),
    ),
    Lesson(
        "scale",
        Message("Why divide by √d?"),
        Message("What happens to scores as vectors grow, and do trained heads keep to it?"),
    ),
    Lesson(
        "scores",
        Message("Score functions and normalisers"),
        Message("What if a head compared, or shared out, in another way, and were trained so?"),
    ),
    Lesson(
        "heads",
        Message("Several heads"),
        Message("What do two, four and eight heads see, and what do they cost?"),
    ),
    Lesson(
        "order",
        Message("Word order"),
        Message("What does attention know of the order of words, and who needs it?"),
    ),
    Lesson(
        "masks",
        Message("Who may look at whom?"),
        Message("What does a mask take away, how far does it reach, and what does it save?"),
    ),
    Lesson(
        "taggers",
        Message("I saw a saw"),
        Message("What must a word see of its sentence to be told apart, and who sees that much?"),
    ),
    Lesson(
        "graphs",
        Message("A graph is a mask"),
        Message("What can attention along the edges of a graph tell, and what do its weights say?"),
    ),
    Lesson(
        "images",
        Message("An image is a sequence of patches"),
        Message("What does attention read in a picture, and what must it know of positions?"),
    ),
    Lesson(
        "convolution",
        Message("A convolution is a special case"),
        Message("Can heads do what a convolution does, and how many does it take?"),
    ),
)
