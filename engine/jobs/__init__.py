"""Work that is done after the commit: written down in a record's own transaction, done once, whatever is killed."""
