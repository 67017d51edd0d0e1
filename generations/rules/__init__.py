"""What is decided about prompts: pure functions, values in, answers with reasons out."""
