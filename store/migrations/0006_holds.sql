-- Those who fell silent a moment ago, and may have their token back: all that a pool need know of holds that are over.

CREATE INDEX lease_silent ON lease (licence_id, ended_how, ended_at) WHERE ended_how = 'silent';
