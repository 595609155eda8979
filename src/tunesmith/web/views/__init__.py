"""What pages show, as plain values: read from the store, thinned, and put into words. No browser in here."""
