Archive.words('2023','i','is','A')
