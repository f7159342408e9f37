Archive.words('2023','s','server','A')
