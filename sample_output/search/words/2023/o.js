Archive.words('2023','o','on over','A A')
