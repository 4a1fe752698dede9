"""Decides who may see what, from the consents a person gave. Pure: no clock, disk or database."""
