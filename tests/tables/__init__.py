"""Tables of an archive: photo log, messages, dumps; as CSV, workbook, JSON Lines and SQLite."""
