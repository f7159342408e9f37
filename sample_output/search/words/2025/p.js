Archive.words('2025','p','party peaks per positive price put','B B A B A B')
