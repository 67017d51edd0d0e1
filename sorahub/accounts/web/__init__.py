"""Pages about accounts, and what all pages with forms share."""
