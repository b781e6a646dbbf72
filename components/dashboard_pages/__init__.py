"""What each dashboard shows, as data: no resource is made here."""
