"""Measurements of a whole box: one command each, one JSON object on standard output, everything else on standard error."""
