"""What people read: one module per form. Each reads a published snapshot, never the warehouse or the network."""
