Archive.words('2025','w','wait wall want wants week weeping will worth','B B A B A A AB A')
