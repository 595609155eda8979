"""Requests of the service model, turned into values of the core or refused."""
