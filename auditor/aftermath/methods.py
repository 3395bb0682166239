"""The ways in which sellers manage products, by the names of `--method`."""

METHODS = ("feed", "add-a-product")  # inventory feeds; "Add a product" and Manage Inventory
