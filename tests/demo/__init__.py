"""The synthetic city: its generator, seeding, and the stream of live tips."""
