"""What runs on a device: it keeps models and samples by digest, runs them, and measures.

These files are sent as they are, under the name ``edgekit_shim``. They need Python 3.8, numpy and an interpreter, and
nothing of edgekit, so they import each other relatively. They speak over an execnet channel: a message names what to
do, the answer is its value or its error.
"""
