"""Pictures of the screen at the three sizes, compared with those kept beside this file."""
