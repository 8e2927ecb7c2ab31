"""What everything rests on: the equations, a run's trace, edits, errors."""
