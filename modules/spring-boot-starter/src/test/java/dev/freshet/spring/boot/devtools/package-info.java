/** A real application that spring-boot-devtools restarts. */
@org.jspecify.annotations.NullMarked
package dev.freshet.spring.boot.devtools;
