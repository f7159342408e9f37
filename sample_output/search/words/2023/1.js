Archive.words('2023','1','11 11m','A A')
