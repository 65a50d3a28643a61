-- What proves a build, what leaves this machine and by whose decision, and what became of the pull request.

CREATE TABLE evidence (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    revision bigint NOT NULL REFERENCES revision,
    source text NOT NULL CHECK (source IN ('file', 'commands')),
    content json NOT NULL,
    output text NOT NULL DEFAULT '',
    by text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX evidence_by_revision ON evidence (revision, id);

CREATE TABLE certificate (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person text NOT NULL CHECK (person <> ''),
    text_sha256 text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (person, text_sha256)
);

ALTER TABLE build ADD COLUMN completed_at timestamptz;
ALTER TABLE build ADD COLUMN completed_commit text;

ALTER TABLE contribution ADD COLUMN mode text NOT NULL DEFAULT 'unset'
    CHECK (mode IN ('unset', 'fork_only', 'selective', 'contribute_all'));
ALTER TABLE contribution ADD COLUMN revision bigint REFERENCES revision;
ALTER TABLE contribution ADD COLUMN changes json NOT NULL DEFAULT '[]';
ALTER TABLE contribution ADD COLUMN stops json NOT NULL DEFAULT '[]';
ALTER TABLE contribution ADD COLUMN shared boolean NOT NULL DEFAULT false;
ALTER TABLE contribution ADD COLUMN plain text NOT NULL DEFAULT '';

ALTER TABLE pull_request ADD COLUMN branch text NOT NULL DEFAULT '';
ALTER TABLE pull_request ADD COLUMN tree text NOT NULL DEFAULT '';
ALTER TABLE pull_request ADD COLUMN placed text NOT NULL DEFAULT 'exact';
ALTER TABLE pull_request ADD COLUMN commit text NOT NULL DEFAULT '';
ALTER TABLE pull_request ADD COLUMN merging text NOT NULL DEFAULT '';
ALTER TABLE pull_request ADD COLUMN plain text NOT NULL DEFAULT '';
ALTER TABLE pull_request ADD COLUMN comment_url text NOT NULL DEFAULT '';
ALTER TABLE pull_request ADD COLUMN merge_commit text NOT NULL DEFAULT '';

ALTER TABLE epic ADD COLUMN issue_url text NOT NULL DEFAULT '';
