Archive.words('2023','t','tape the to','A A A')
