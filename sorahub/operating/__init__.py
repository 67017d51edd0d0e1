"""What an operator does to a whole hub: back it up, restore it, narrow the rights of its database role."""
