Archive.words('2025','r','reading readings reasons report rising room rooms','B B B B B A AB')
