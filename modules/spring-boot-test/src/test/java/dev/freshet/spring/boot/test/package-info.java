/** Tests of an application, as its developer writes them. */
@NullMarked
package dev.freshet.spring.boot.test;

import org.jspecify.annotations.NullMarked;
