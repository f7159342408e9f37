Archive.words('2025','2','200 26','B A')
