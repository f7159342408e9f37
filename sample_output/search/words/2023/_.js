Archive.words('2023','_','4 m','A A')
