create table if not exists product (id bigint primary key, name varchar(200) not null);
