"""What small is asked, what it got right, and what stands beside it."""
