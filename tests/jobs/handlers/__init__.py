"""A test app: its tasks module declares the test handlers to a cluster of its own."""
