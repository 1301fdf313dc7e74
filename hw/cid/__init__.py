"""What caller-ID readers say: bytes in, frames out, one file for each dialect. Pure; knows no port.

A new kind of device is one new file here: it calls `registry.register`, and is found because it lies here.
"""
