"""The voice: a keeper process and one pjsua2 worker process for each conversation."""
