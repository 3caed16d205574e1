"""Whose fact is this?"""
