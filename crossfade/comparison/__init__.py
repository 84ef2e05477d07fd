"""The comparison: both sides answer the same questions, and every difference is told.

London's origin and the region are two readings of the same contract; where they agree byte for byte at the same
instant, the region says what London says. questions.py and difference.py decide, without I/O, what is asked and what
differs; ask.py, databases.py and run.py do it; report.py and progress.py tell it.
"""
