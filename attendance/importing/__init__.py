"""Files of shifts, assignments and punches."""
