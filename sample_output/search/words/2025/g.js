Archive.words('2025','g','ground','B')
