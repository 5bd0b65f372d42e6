"""Benchmarks, one workload a file: `script/bench NAME`.

A file opens with one sentence that says what is measured, takes its size from options, works on
data of its own in a temporary folder, and prints figures. It is never a test: tests assert counts
and growth, which do not depend on what else a machine is doing.
"""
