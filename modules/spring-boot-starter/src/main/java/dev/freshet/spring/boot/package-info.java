/**
 * Makes a Spring Boot application's caches coherent: {@code docs/SPRING.md} says how. What an application may name itself is {@link
 * dev.freshet.spring.boot.FreshetConfigCustomizer}; every bean here gives way to one of the application's.
 */
@NullMarked
package dev.freshet.spring.boot;

import org.jspecify.annotations.NullMarked;
