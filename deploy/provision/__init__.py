"""What Crossfade needs on its servers before it starts: topics, the region's schema, and accounts with few rights."""
