Archive.words('2025','o','off on order outside','B AB A B')
