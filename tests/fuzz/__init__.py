"""What reads bytes of strangers, to be fed with bytes: shortly in the suite, for half an hour by ``make fuzz``."""
