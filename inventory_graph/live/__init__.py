"""The event log and those who follow it.

A committed change leaves its events in the outbox; the sequencer gives each a dense position and moves it to the log, linked to
the one before by a hash. Everything that tells others of changes (subscriptions, NATS) is a reader of the log: it keeps the
position up to which it has read, and can stop, crash and go on without a gap or a double.

Nouns: event, position (``seq`` over all tenants, ``tenant_seq`` within one), head, reader, cursor, subscriber.
"""
