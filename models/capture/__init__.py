"""How a library's model is run so that each of its heads leaves q, k, v and z behind."""
