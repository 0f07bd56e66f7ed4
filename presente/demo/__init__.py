"""A company to look at: made-up people, four weeks of punches, and one real person from public-domain photographs."""
