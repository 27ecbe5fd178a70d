-- How old the open tickets are, and how many came and were solved when.

CREATE INDEX ticket_open_by_age ON ticket (created_at) WHERE open = 1;
CREATE INDEX ticket_over_by_age ON ticket (created_at) WHERE open = 0;
CREATE INDEX ticket_by_solution ON ticket (resolved_at) WHERE resolved_at IS NOT NULL;
