"""Does the suite notice? One line of the service is made wrong at a time, in a copy, and a named test has to say so."""
