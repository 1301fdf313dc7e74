"""What is heard on an analog line: samples in, frames out. Pure; knows no sound card, no clock and no thread."""

import os

# Threads of the library that computes would wait for each other in a spin; what is computed here is small.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
