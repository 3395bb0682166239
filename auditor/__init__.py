"""auditor: which product images of an inventory feed will never appear, why, and what to do."""
