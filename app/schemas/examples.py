"""Texts that the documentation uses; tests execute what it shows."""

LAW = (
    "The Law will never be perfect, but its application should be just - "
    "this is what we are missing, in my opinion."
)
