-- The outbox table, for SQLite 3.42 and later.
CREATE TABLE freshet_outbox (
    id           integer PRIMARY KEY AUTOINCREMENT,
    invalidation text NOT NULL,                                    -- as POST /v1/invalidations accepts it
    created_at   text NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
    failed_at    text,                                             -- set if the row cannot be read
    failure      text
);
