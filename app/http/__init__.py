"""The web's side of every answer: media types, errors, headers, files, what a route may ask for."""
