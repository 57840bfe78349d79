"""Nobody's requests: documents and bodies made at random, by the thousand, from a seed.

``floods`` and ``documents`` make documents, ``bodies`` and ``wire`` what goes over the wire; ``target`` is the service they are sent to.
Frames of sockets belong here, too, as a third maker beside them, once the service speaks over sockets.
"""
