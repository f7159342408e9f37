Archive.words('2023','m','mm','A')
