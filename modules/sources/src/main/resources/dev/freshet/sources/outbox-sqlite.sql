-- The outbox, for SQLite 3.42 and later.
CREATE TABLE freshet_outbox (
    id           integer PRIMARY KEY AUTOINCREMENT,
    invalidation text NOT NULL,                                    -- as POST /v1/invalidations takes it
    created_at   text NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
    failed_at    text,                                             -- set on rows that cannot be read
    failure      text
);
