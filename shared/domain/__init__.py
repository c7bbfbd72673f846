"""Domain layer: plain Python, standard library only. No I/O, no clock, no SDK."""
