"""The people who call: who they are and what the office knows of them. Knows no call control."""
