"""What is kept: resources, identities, clients and indexes, encrypted per person."""
