Archive.words('2025','n','new normal not','A B B')
