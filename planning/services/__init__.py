"""What changes the plan: drafts, publishing, rotations, open shifts, swaps."""
