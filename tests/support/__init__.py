"""What several tests share: the source tree as data, fakes, small helpers."""
