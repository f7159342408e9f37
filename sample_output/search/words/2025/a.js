Archive.words('2025','a','above adding agrees all an and anybody anything at','B A A A A B B B B')
