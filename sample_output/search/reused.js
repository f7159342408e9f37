Archive.reused('{}')
