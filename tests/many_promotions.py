"""A records database with very many promotions, written in bulk: as superuser, past the rules, in a second."""

from __future__ import annotations

import psycopg

_STATEMENTS = """
SET session_replication_role = replica;
INSERT INTO target (name) VALUES ('shop') ON CONFLICT DO NOTHING;
INSERT INTO product (id, name, target)
    SELECT 'DP-' || lpad(to_hex(n), 8, '0'), 'Product ' || n, 'shop' FROM generate_series(1, 9) n;
UPDATE product SET id = upper(id);
INSERT INTO build (id, title, sandbox, created_by)
    SELECT 'FB-' || upper(lpad(to_hex(n), 8, '0')), 'Feature ' || n, '/srv/sandbox', 'build-studio' FROM generate_series(1, {count}) n;
INSERT INTO revision (build, commit, base, tree, diff_digest, added_by)
    SELECT 'FB-' || upper(lpad(to_hex(n), 8, '0')), repeat('c', 40), repeat('b', 40), repeat('a', 40), repeat('d', 64), 'build-studio'
    FROM generate_series(1, {count}) n;
INSERT INTO product_version (product, version, build, registered_by)
    SELECT 'DP-' || upper(lpad(to_hex(1 + n % 9), 8, '0')), '1.' || n || '.0', 'FB-' || upper(lpad(to_hex(n), 8, '0')), 'build-studio'
    FROM generate_series(1, {count}) n;
INSERT INTO change_request (id, type, risk, title, opened_by)
    SELECT 'CR-' || upper(lpad(to_hex(n), 8, '0')), 'standard', (ARRAY['low', 'medium', 'high', 'critical'])[1 + n % 4], 'x', 'x'
    FROM generate_series(1, {count}) n;
INSERT INTO promotion (id, status, build, revision, target, product, version, change_request, title, sandbox, requested_by,
        requested_at, updated_at, status_by, reason)
    SELECT 'CP-' || upper(lpad(to_hex((n * 7919) % 16777216), 8, '0')),
        CASE WHEN n = 1 THEN 'deployed' WHEN n % 20 = 0 THEN 'pending' WHEN n % 7 = 0 THEN 'rolled_back' ELSE 'superseded' END,
        'FB-' || upper(lpad(to_hex(n), 8, '0')), revision.id, 'shop', 'DP-' || upper(lpad(to_hex(1 + n % 9), 8, '0')),
        '1.' || n || '.0', 'CR-' || upper(lpad(to_hex(n), 8, '0')), 'Feature number ' || n, '/srv/sandbox', 'build-studio',
        timestamptz '2026-01-01' + (n / 3) * interval '1 minute', timestamptz '2026-01-01' + (n / 5) * interval '1 minute', 'x', 'A reason.'
    FROM generate_series(1, {count}) n JOIN revision ON revision.build = 'FB-' || upper(lpad(to_hex(n), 8, '0'));
SET session_replication_role = DEFAULT;
ANALYZE;
"""


def fill(superuser_url: str, count: int) -> None:
    """Three promotions share each instant, so that the order among equals matters."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(_STATEMENTS.format(count=count))
