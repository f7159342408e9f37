Archive.checks('{"id":[],"at":[],"bad":[]}')
