-- From which incident a merge carried an outage, so that it goes back when the merge is taken apart.

ALTER TABLE outage ADD COLUMN carried_from TEXT;
