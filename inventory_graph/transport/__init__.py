"""What speaks to other servers: thin, imported only by ``app`` and ``cli``, handed to everybody else as functions."""
