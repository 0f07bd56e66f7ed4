"""The relays that move a lock, each behind the same small Protocol. Nothing here knows who stands before the door."""
