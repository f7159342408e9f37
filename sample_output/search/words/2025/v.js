Archive.words('2025','v','valve van','A A')
