"""The demonstration: a whole agency on one machine, and one clip's way from prompt to verified evidence."""
