Archive.chat(JSON.parse('{"version":1,"per":16,"buckets":[["2025",2,"_ 1 2 3 4 6 9 a b c d e f g h i j l m n o p q r s t u v w ub"],["2023",1,"_ 1 a d f i l m o s t w"]]}'))
