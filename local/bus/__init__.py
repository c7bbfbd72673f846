"""The embedded message bus of the laptop stack: Pub/Sub's publish and push, kept in one SQLite file.

It delivers at least once and in any order, exactly as the product must bear it. What it does not have: pull,
ordering keys, filters, and the signed token that real push requests carry (the platform checks that one).
"""
