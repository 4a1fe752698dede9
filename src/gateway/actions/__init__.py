"""One request, one snapshot: gathers facts, asks the gate once, records, answers."""
