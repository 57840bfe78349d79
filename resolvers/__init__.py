"""The GraphQL side: translates in, makes one domain call, translates out. One module per domain, by the same name."""
