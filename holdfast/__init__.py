"""The decision: pure functions. Same inputs, same answer, for ever.

Read `claims.py` (what is said), `subjects.py` (what is joined on), `grounds.py` (the law), `orders.py` (the second key), then `status.py`, the fold.
"""
