"""Images converted to what is accepted, and the feed that names them."""
