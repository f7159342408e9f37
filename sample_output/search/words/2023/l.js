Archive.words('2023','l','laser','A')
