Archive.words('2025','m','mend metre ml mm months','B B A B B')
