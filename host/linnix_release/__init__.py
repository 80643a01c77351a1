"""Runs on an EC2 host what its stack desires: one document in the parameter store, whose hash is the release's id.

Python 3.9, standard library only. `commands.py` has the list of commands. If a run is interrupted, even by a power
failure, the next run continues.
"""
