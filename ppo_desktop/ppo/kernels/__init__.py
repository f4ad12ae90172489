"""The compiled engine's arithmetic: plain loops on arrays, which Numba turns into machine code.

Every kernel says which formula it computes, in which shapes, and where the readable definition of
it stands; the tests hold one against the other. Kernels know no objects and draw no random number:
what is random is drawn beforehand. They let go of the interpreter's lock while they compute, so
that several runs, and the window, go on side by side.
"""
