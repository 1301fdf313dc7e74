"""Measurements of a whole box: a command each, one JSON object on standard output, the rest on standard error."""
