"""Money in and back, and what it settles."""
