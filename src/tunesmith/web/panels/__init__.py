"""Parts of pages that read something, show it and follow it: a card with a chart, a table, a form."""
