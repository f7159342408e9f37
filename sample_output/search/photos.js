Archive.photos(JSON.parse('{"version":1,"months":[["2025-11",9],["2025-09",4],["2023-05",4]]}'))
