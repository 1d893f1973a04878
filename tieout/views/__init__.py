"""Ready-made questions: the views and macros put into every snapshot, and how its tables hang together.

Nothing here judges; what is right or wrong is decided in ``transforms`` and stored in ``recon``.
"""
