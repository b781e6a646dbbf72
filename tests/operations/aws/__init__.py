"""The days after on AWS, on an AWS that is played in this process."""
