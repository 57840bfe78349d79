"""Nobody's requests: documents and bodies made at random, by the thousand, from a seed.

``floods`` and ``documents`` make documents, ``bodies`` and ``wire`` what goes over the wire, ``frames`` and ``handshakes`` what goes over
sockets, by ``lines``; ``target`` is the service they are sent to.
"""
