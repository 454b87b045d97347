"""The playground, asked by the clients that the bot uses."""
