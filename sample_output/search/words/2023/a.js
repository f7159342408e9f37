Archive.words('2023','a','agreed','A')
