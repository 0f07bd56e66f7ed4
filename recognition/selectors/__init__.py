"""What pages read: each returns the context of one of them, in the reader's language."""
