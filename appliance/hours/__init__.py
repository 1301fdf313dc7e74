"""Business hours: when the office answers, what callers get when it does not, holidays, and the night switch."""
