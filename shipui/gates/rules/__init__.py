"""The rules, as data: one file per rule or family, each with a tuple RULES. catalogue.py finds them all."""
