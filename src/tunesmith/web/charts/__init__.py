"""Charts as data: pure functions from values to ECharts options or SVG paths.

Colours are names of the style sheet, such as `var(--series-1)`, so that one chart suits both themes.
"""
