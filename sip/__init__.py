"""SIP and media: the edge (Kamailio) and the voice (pjsua2). Imports nothing of ours but itself."""
