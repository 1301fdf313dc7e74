"""Who may use the box: users, passwords, sessions, permissions, keys for programs. Knows no page and no call."""
