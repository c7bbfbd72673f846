"""Builds what is deployed: one zip a function, the same bytes on every machine.

The archives are stored, not compressed: what deflate writes depends on the zlib that a machine has (1.2, 1.3,
zlib-ng), what is stored does not. That costs half a megabyte of upload a function, at most.
"""
