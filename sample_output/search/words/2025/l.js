Archive.words('2025','l','like limited looks lot lower','B A B A B')
