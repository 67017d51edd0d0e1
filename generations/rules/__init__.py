"""What is decided: values in, answers with reasons out."""
