"""The server: the composition root of the AWS edge, the page and the fleet that drives the tuning jobs."""
