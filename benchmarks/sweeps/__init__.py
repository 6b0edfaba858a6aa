"""What benchmarks/sweep.py runs, each side in a process of its own."""
