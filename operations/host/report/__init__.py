"""`report`: how a day, a week or a month was."""
