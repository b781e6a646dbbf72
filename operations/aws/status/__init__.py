"""`status`: how every part of a stack on AWS is."""
