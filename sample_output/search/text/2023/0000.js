Archive.text('2023',0,'[[["יעל ברק"],[[5,0,"Laser agreed with the tape to 4 mm over 11 m. Drawing file is on the server."]]]]')
