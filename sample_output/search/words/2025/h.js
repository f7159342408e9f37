Archive.words('2025','h','half he holding hour','B A A A')
