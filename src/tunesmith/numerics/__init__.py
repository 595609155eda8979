"""The mathematics of the search: arrays in, arrays out."""
