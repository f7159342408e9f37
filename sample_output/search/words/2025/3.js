Archive.words('2025','3','300 38','B A')
