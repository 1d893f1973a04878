"""Moving data: out of Fortnox and SIE files, into the warehouse, out as snapshots. No accounting judgment."""
