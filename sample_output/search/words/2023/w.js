Archive.words('2023','w','with','A')
