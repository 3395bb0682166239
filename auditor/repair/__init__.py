"""Convert what can be converted, and write the feed that will pass."""
