"""From work to invoices: drafts, numbers, what is issued and what is taken back of it."""
