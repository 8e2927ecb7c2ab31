"""What the lessons compute: one file a system, each readable in one sitting."""
