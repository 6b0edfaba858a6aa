"""What other libraries compute, one module for each; written as a careful user of that library would."""
