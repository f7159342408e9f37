Archive.words('2025','ub','חדרים לכולם קומת קרקע שלום שלושה','B B B B B B')
