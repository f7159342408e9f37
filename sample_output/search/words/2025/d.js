Archive.words('2025','d','damp degrees descaled does downpipe','B A A A B')
