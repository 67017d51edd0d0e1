"""Pages on which people plan, launch and follow what gets made."""
