-- The outbox table, for MariaDB 10.6 and MySQL 8, and later.
CREATE TABLE freshet_outbox (
    id           bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    invalidation longtext CHARACTER SET utf8mb4 NOT NULL,          -- as POST /v1/invalidations accepts it
    created_at   timestamp(6) NOT NULL DEFAULT current_timestamp(6),
    failed_at    timestamp(6) NULL,                                -- set if the row cannot be read
    failure      varchar(1000) CHARACTER SET utf8mb4
) ENGINE = InnoDB;
