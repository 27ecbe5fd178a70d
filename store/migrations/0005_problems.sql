-- Problems: the records of causes behind incidents. Their queue is read off its own index.

CREATE INDEX ticket_queue_problems ON ticket (kind, rank, id) WHERE open = 1 AND kind = 'problem';
