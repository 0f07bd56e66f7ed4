"""What measures: protocols, metrics, experiments. No service imports it."""
