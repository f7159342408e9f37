Archive.words('2025','6','60','A')
