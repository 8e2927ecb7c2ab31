"""HTTP: the JSON API, the page and the command line over `models`."""
