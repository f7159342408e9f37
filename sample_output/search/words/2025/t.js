Archive.words('2025','t','that the thermometer three to towel two','B AB A B AB A A')
