"""What is kept: requests, events, removal records and what Slack shows, in SQLite or PostgreSQL. Rows stay in here."""
