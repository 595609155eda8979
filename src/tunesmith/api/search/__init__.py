"""Search: which training jobs and tuning jobs satisfy an expression."""
