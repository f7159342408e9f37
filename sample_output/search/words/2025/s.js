Archive.words('2025','s','salts same scaled seller so solid','B A A B AB A')
