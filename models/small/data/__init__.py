"""From public corpora and patterns to batches."""
