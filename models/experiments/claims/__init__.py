"""Published statements about heads, and what a model here does on sentences of our own."""
