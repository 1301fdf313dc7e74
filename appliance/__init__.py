"""The product: features, store and composition root. Knows no SIP stack, no web framework, no serial port."""

__version__ = "0.1.0"
