"""What is measured of one trace, without the model."""
