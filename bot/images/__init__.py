"""What a daemon holds, and what removing would do. Pure: values in, values out."""
