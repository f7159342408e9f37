"""Bags made by code, whole ones and ones named for the fault they carry, and the reference
validator to compare with."""
