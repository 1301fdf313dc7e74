"""The panel and the HTTP API. Reaches the features through their services; knows no SIP, no hardware, no table."""
