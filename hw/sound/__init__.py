"""Sound of telephone lines: cards, what comes in on them, and what can be read from it. Knows no feature."""
