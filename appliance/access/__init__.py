"""Who may use the panel and the API, and a record of who did. Knows no lines, no calls, no customers."""
