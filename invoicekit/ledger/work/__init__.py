"""What is done, by whom, on what: matters, activities, and work in progress."""
