package com.example.shop;

import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/products/{id}")
class ProductController {

    private final Products products;

    ProductController(Products products) {
        this.products = products;
    }

    @GetMapping
    ResponseEntity<String> get(@PathVariable("id") long id) {
        return ResponseEntity.of(products.find(id));
    }

    @PutMapping
    ResponseEntity<String> put(@PathVariable("id") long id, @RequestBody String name) {
        try {
            products.rename(id, name);
            return ResponseEntity.noContent().build();
        } catch (IllegalArgumentException refused) {
            return ResponseEntity.badRequest().body(refused.getMessage());
        }
    }
}
