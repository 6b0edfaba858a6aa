"""What benchmarks/features.py measures, one module for each part."""
