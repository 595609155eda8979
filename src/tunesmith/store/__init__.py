"""What we know: the only code that speaks SQL."""
