"""Who is asking: client assertions, access tokens, the requester."""
