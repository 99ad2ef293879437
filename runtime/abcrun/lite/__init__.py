"""A page without a server, whose network runs in the visitor's browser."""
