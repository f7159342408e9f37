Archive.words('2025','c','cartridge chemical control course','A B B B')
