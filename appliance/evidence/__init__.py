"""Keeps calls in which a caller was warned, and makes packages of them that anybody can check."""
