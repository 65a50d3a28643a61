-- A disposition may end, and may be taken back: the latest of a finding counts.

ALTER TABLE disposition ADD COLUMN until timestamptz CHECK (until > at);
ALTER TABLE disposition DROP CONSTRAINT disposition_kind_check;
ALTER TABLE disposition ADD CONSTRAINT disposition_kind_check CHECK (kind IN ('acknowledged', 'false_positive', 'reopened'));
ALTER TABLE disposition ADD CONSTRAINT disposition_reopened_for_good CHECK (kind <> 'reopened' OR until IS NULL);

-- What the gates said of a content holds for every promotion of it, a retry among them.
CREATE INDEX gate_run_by_revision ON gate_run (revision, gate, id);
