"""Tensors: what attention heads compute. Knows neither HTTP nor pictures."""
