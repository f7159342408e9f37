Archive.words('2025','4','40','A')
