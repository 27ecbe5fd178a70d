-- Orders of filtered lists.
CREATE INDEX ticket_by_update ON ticket (updated_at, id);
CREATE INDEX ticket_queue_priority ON ticket (priority, rank, id) WHERE open = 1;
