"""The four steps of a generation: submit, track, fetch, ingest. Each may be killed at any instruction and started again."""
