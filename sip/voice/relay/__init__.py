"""The packet relay: carries the plain talk of two legs past the mixer, recording both. Knows no SIP and no pjsua2.

A conversation's worker lends its sockets to this process and sleeps; whatever is more than two people talking (hold,
prompts, keys, a third leg) makes it take them back. The sockets stay the worker's own: when the relay dies, the worker
goes on mixing at once. Reasons and figures: decision 0013.
"""
