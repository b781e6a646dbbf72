"""Subscribes endpoints whose addresses are secrets to the topics of alarms."""
