"""Who is billed, who bills: customers, their people, the seller."""
