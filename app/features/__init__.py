"""What may be asked, one file each: request, computation, encoding, answer and route."""
