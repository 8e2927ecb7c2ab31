"""`python -m headlight.app.cli`."""

from headlight.app.cli.main import main

main()
