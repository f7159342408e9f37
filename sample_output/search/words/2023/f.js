Archive.words('2023','f','file','A')
