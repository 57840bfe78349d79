"""GraphQL over HTTP, on a real server, with a little schema that has a field for every way a field can end."""
