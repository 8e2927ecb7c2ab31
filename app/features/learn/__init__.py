"""Learn: the lessons in their order, and the numbers of each."""
