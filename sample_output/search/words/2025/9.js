Archive.words('2025','9','900','B')
