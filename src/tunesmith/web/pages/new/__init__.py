"""The page on which a tuning job is set up, step by step, or cloned."""

from tunesmith.web.pages.new.page import add

__all__ = ["add"]
