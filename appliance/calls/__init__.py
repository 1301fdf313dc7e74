"""Call control: who may call whom, what rings, what is written down. Knows no customers, no recordings, no SMS.

Those listen to `events.py`. What calls needs of other features it declares in `ports.py`; `appliance/main.py` plugs
them in.
"""
