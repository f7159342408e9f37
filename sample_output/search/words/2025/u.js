Archive.words('2025','u','upstairs us','B B')
