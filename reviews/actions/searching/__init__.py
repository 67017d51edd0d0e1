"""Search: what is found (sources), how each database keeps the words, the index's upkeep, and asking it."""
