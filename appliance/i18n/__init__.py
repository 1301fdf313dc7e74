"""The texts in Korean and English, from Babel catalogues. Knows no page."""
