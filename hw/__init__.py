"""Hardware on the box: caller-ID readers; room for lamps, buttons, sound. Imports nothing of ours but itself."""
