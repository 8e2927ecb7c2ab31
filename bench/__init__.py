"""How fast Headlight is, beside the least that the same work could cost. `make bench`."""
