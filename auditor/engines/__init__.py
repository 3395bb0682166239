"""Who runs the rows' way: `local`, on one event loop."""
