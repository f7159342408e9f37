Archive.words('2025','i','in injects into is it','AB B A AB A')
