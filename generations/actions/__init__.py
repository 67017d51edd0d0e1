"""What people do to projects, prompts, generations and uploads: one function per verb."""
