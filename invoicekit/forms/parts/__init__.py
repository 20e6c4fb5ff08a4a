"""What screens are made of: fields, forms, lists, questions, and the texts on them."""
