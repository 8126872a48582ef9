package com.example.shop;

import java.util.Optional;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** The products' names, with Spring's annotations only. */
@Service
public class Products {

    private final JdbcTemplate database;

    public Products(JdbcTemplate database) {
        this.database = database;
    }

    @Cacheable("products")
    public Optional<String> find(long id) {
        return database.queryForList("select name from product where id = ?", String.class, id).stream()
                .findFirst();
    }

    @Transactional
    @CacheEvict(cacheNames = "products", key = "#id")
    public void rename(long id, String name) {
        if (database.update("update product set name = ? where id = ?", name, id) == 0) {
            database.update("insert into product (id, name) values (?, ?)", id, name);
        }
        if (name.isBlank()) {
            throw new IllegalArgumentException("a product needs a name");
        }
    }
}
