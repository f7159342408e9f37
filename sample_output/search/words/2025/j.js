Archive.words('2025','j','january','A')
