"""The person's pages: what is held, who may see it, their choices, who looked."""
