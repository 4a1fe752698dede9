"""Pages for people: the person, the officer."""
