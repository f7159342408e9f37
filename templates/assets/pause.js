/* Does nothing. It stands between the sections of a long page: a browser that comes upon a script lets go of what it
   was reading, so that it can paint, and answer the reader, before it goes on. */
