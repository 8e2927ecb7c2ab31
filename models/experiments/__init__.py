"""What needs the model again, or a second run: edits and their effects, attribution, claims."""
