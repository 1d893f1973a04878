"""The evidence pack: what lets a reader re-perform a reconciliation offline, with hashes, and its verification."""
