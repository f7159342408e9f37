Archive.words('2025','1','12','B')
