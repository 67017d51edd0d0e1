"""What is done to people, clients and tokens: one function per verb."""
