"""Where models come from: a name, its source, its folder, and the trial before it is shown."""
