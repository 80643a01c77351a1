"""Mutation tests of linnix_release: changes it in many small ways, and lists the changes that no fast test notices.

`npm run test:mutation -- host/linnix_release[/MODULE.py]`. Neither mutmut nor cosmic-ray does this here. By its
documentation, mutmut 3 finds the tests of a function by calls inside pytest's process, and most of these tests start
the program as one of its own; it was not tried. cosmic-ray 8 runs one fixed command for each of its 4,007 mutants;
most are operators exchanged in paths and types, and it deletes no statement, such as an fsync.
"""
