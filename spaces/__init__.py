"""What can be searched: neurons, networks, tasks and their costs. Knows torch; knows no SQL, HTTP or Ray.

Importing this package, its ``params`` modules and its catalog needs no torch; loading a neuron, network or task does.
"""
