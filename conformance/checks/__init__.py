"""The catalogue of checks, and the passive judging of what goes over the wire.

A check is a record (`record`), kept by provider; judges read `evidence` and nothing else. `passive` judges exchanges
as they come, `assertion` makes a test fail, `recording` reads exchanges that somebody kept.
"""
