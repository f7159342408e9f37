Archive.words('2025','_','0 a i','B AB AB')
