"""The JSON of the API, field by field: requests, answers, and examples that are executed."""
