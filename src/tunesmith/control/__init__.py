"""Making it happen: observe, record, plan, act."""
