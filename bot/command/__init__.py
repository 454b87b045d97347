"""What was typed, and what it means. Pure. Nothing here or after it is ever given to a shell."""
