"""Where the API lives below a host. Knows nothing else, so that the command line can import it cheaply."""

PREFIX = "/api/v1"
