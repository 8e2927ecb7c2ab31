"""Runs on this machine: who is served when, what is kept, what is counted. Knows no HTTP."""
