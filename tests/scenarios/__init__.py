"""Stories of work, told in the order it is done."""
