"""All accounting judgment, in pure polars: frames in, frames out. No network, database, clock or environment."""
