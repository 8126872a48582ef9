/** Tests of applications with coherent caches: begin with {@link dev.freshet.spring.boot.test.FreshetTest}. */
@NullMarked
package dev.freshet.spring.boot.test;

import org.jspecify.annotations.NullMarked;
