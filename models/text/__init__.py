"""From characters to tokens and words, and from token patterns to word patterns."""
