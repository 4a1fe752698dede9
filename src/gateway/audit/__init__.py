"""The log of who saw what: entries, the Merkle tree over them, checkpoints, the verifier."""
