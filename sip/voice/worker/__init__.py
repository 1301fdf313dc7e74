"""The process of one conversation, and the one that forks it. The only place that imports pjsua2."""
