Archive.words('2023','d','drawing','A')
