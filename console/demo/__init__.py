"""A synthetic city and its tips, made from seeded chance: for `taskroom demo`, `taskroom seed` and the benches."""
