"""What we talk about: frozen values without behaviour of their own."""
