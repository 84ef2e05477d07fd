"""The London origin: London's own API, answered straight from London's tables.

A second implementation, written from the words of the public API contract alone. It shares no code with the region,
so where both agree byte for byte, two independent readings of the contract agree. It is slow and plain on purpose.
"""
