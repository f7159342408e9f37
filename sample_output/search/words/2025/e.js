Archive.words('2025','e','every','B')
