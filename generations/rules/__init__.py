"""Decisions about what gets made: values in, answers with reasons out."""
