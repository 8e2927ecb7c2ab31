"""From batches to weights and their card."""
