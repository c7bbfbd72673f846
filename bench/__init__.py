"""The benchmark: what must stay quick, as ratios of two pieces of work within one run (``make bench``).

A busy machine slows both halves of a ratio, so a bound holds on a laptop and in CI. Seconds are printed to be read
and never judged. What can be counted (documents read, calls made, modules loaded) is a test and not here.
"""
