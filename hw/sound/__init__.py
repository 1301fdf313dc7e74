"""What is heard on an analog line: samples in, frames out. Pure; knows no sound card, no clock and no thread."""
