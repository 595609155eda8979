"""The pictures of a report as SVG: small pure functions. Their colours are the style sheet's, so that they can be dark."""
