Archive.words('2025','b','before but','B B')
