"""The subcommands of ``tieout``: one module each, holding a click command named like the module."""
