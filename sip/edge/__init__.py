"""The edge: Kamailio's configuration and everything that talks to it."""
