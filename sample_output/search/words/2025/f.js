Archive.words('2025','f','falls floor for from','B B B B')
