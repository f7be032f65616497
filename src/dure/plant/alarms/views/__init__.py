"""Pages of the alarms: what stands, one alarm, definitions, the journal, how well they do."""
