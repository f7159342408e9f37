Archive.words('2025','q','quiet quote','A B')
